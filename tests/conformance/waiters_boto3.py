"""Every waiter of boto3 that asks a served action ends: by success where there is something to wait for, by its own error where
there is not. Which waiters there are is botocore's table, so that a new one, or a newly served action, cannot be forgotten."""

import pathlib

import boto3
from botocore.exceptions import WaiterError

SERVICES = ["ec2", "autoscaling", "iam", "sts", "route53"]
ABSENT = "0123456789abcdef0"
TRUST = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}'

clients = {service: boto3.client(service) for service in SERVICES}
ec2, iam, route53 = clients["ec2"], clients["iam"], clients["route53"]


def served():
    """The actions of README.md's table of support."""
    readme = (pathlib.Path(__file__).parents[2] / "README.md").read_text()
    rows = [line.split("|")[1:3] for line in readme.splitlines() if line.startswith("| ")]
    return {(service.strip(), action.strip()) for service, actions in rows for action in actions.split(",")}


def waiters():
    """Every waiter of a served action, as (service, name in Python)."""
    known = served()
    found = [
        (service, name)
        for service, client in clients.items()
        for name in client.waiter_names
        if (service, client.get_waiter(name).config.operation) in known
    ]
    assert len(found) >= 20, found
    return found


def world():
    """What there is to wait for: arguments of each waiter that succeeds."""
    image = ec2.describe_images()["Images"][0]["ImageId"]
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]
    launch = {"ImageId": image, "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    running, stopped, ended = (ec2.run_instances(**launch)["Instances"][0]["InstanceId"] for _ in range(3))
    ec2.create_key_pair(KeyName="k", KeyType="ed25519")
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    wait("ec2", "instance_running", {"InstanceIds": [stopped]})
    ec2.stop_instances(InstanceIds=[stopped])
    ec2.terminate_instances(InstanceIds=[ended])
    iam.create_user(UserName="u")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="p")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    change = route53.create_hosted_zone(Name="wait.test", CallerReference="w")["ChangeInfo"]["Id"]
    return {
        ("ec2", "image_available"): {"ImageIds": [image]},
        ("ec2", "image_exists"): {"ImageIds": [image]},
        ("ec2", "instance_exists"): {"InstanceIds": [running]},
        ("ec2", "instance_running"): {"InstanceIds": [running]},
        ("ec2", "instance_status_ok"): {"InstanceIds": [running]},
        ("ec2", "instance_stopped"): {"InstanceIds": [stopped]},
        ("ec2", "instance_terminated"): {"InstanceIds": [ended]},
        ("ec2", "internet_gateway_exists"): {"InternetGatewayIds": [gateway]},
        ("ec2", "key_pair_exists"): {"KeyNames": ["k"]},
        ("ec2", "network_interface_available"): {"NetworkInterfaceIds": [interface]},
        ("ec2", "security_group_exists"): {"GroupIds": [group]},
        ("ec2", "subnet_available"): {"SubnetIds": [subnet]},
        ("ec2", "system_status_ok"): {"InstanceIds": [running]},
        ("ec2", "vpc_available"): {"VpcIds": [vpc]},
        ("ec2", "vpc_exists"): {"VpcIds": [vpc]},
        ("iam", "instance_profile_exists"): {"InstanceProfileName": "p"},
        ("iam", "policy_exists"): {"PolicyArn": policy},
        ("iam", "role_exists"): {"RoleName": "r"},
        ("iam", "user_exists"): {"UserName": "u"},
        ("route53", "resource_record_sets_changed"): {"Id": change},
    }


def wait(service, name, arguments, attempts=60):
    clients[service].get_waiter(name).wait(WaiterConfig={"Delay": 1, "MaxAttempts": attempts}, **arguments)


def absent(value):
    """The same request about something that is not there."""
    if isinstance(value, list):
        return [absent(item) for item in value]
    if value.startswith("arn:"):
        return value + "-none"
    prefix, dash, _ = value.partition("-")
    return f"{prefix}-{ABSENT}" if dash else value + "0000"


def ends_without(service, name, arguments):
    try:
        wait(service, name, {key: absent(value) for key, value in arguments.items()}, attempts=2)
    except WaiterError as error:
        return error
    raise AssertionError(f"{service} {name}: found what is not there")


def main():
    arguments, found = world(), waiters()
    forgotten = set(found) ^ set(arguments)
    assert not forgotten, f"waiters without a case, or cases without a waiter: {sorted(forgotten)}"
    for service, name in found:
        wait(service, name, arguments[service, name])
    for service, name in found:
        ends_without(service, name, arguments[service, name])


main()
print("ok")
