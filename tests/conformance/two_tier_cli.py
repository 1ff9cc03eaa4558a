"""The two-tier set-up through aws-cli, as people type it: `--output`, `--query`, `wait`."""

import json
import os
import subprocess

AWS = os.environ["HEARTH_AWS_PROGRAM"]
SCRATCH = "file:///dev/stdin"


def aws(*arguments, text=None):
    command = [AWS, "--output", "json", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, "AWS_PAGER": ""})
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else None


def ec2(*arguments, **options):
    return aws("ec2", *arguments, **options)


def build_network():
    vpc = ec2("create-vpc", "--cidr-block", "10.1.0.0/16", "--query", "Vpc.VpcId")
    ec2("wait", "vpc-available", "--vpc-ids", vpc)
    subnets = [
        ec2("create-subnet", "--vpc-id", vpc, "--cidr-block", f"10.1.{number}.0/24", "--availability-zone", zone,
            "--query", "Subnet.SubnetId")
        for number, zone in enumerate(["us-east-1a", "us-east-1b"])
    ]
    ec2("wait", "subnet-available", "--subnet-ids", *subnets)
    gateway = ec2("create-internet-gateway", "--query", "InternetGateway.InternetGatewayId")
    ec2("attach-internet-gateway", "--internet-gateway-id", gateway, "--vpc-id", vpc)
    table = ec2("create-route-table", "--vpc-id", vpc, "--query", "RouteTable.RouteTableId")
    ec2("create-route", "--route-table-id", table, "--destination-cidr-block", "0.0.0.0/0", "--gateway-id", gateway)
    for subnet in subnets:
        ec2("associate-route-table", "--route-table-id", table, "--subnet-id", subnet)
        ec2("modify-subnet-attribute", "--subnet-id", subnet, "--map-public-ip-on-launch")
    return vpc, subnets


def build_group(vpc):
    described = ["--group-name", "web", "--description", "anybody", "--vpc-id", vpc]
    group = ec2("create-security-group", *described, "--query", "GroupId")
    ec2("authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp", "--port", "80", "--cidr", "0.0.0.0/0")
    return group


def build_instances(subnets, group):
    image = ec2("describe-images", "--filters", "Name=name,Values=hearth/web", "--query", "Images[0].ImageId")
    data = json.dumps({"ImageId": image, "InstanceType": "t3.micro", "SecurityGroupIds": [group]})
    ec2("create-launch-template", "--launch-template-name", "web", "--launch-template-data", data)
    aws("autoscaling", "create-auto-scaling-group", "--auto-scaling-group-name", "web", "--min-size", "2", "--max-size", "2",
        "--launch-template", "LaunchTemplateName=web,Version=$Latest", "--vpc-zone-identifier", ",".join(subnets))
    launched = ec2("run-instances", "--image-id", image, "--instance-type", "t3.nano", "--subnet-id", subnets[0],
                   "--security-group-ids", group, "--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=app}]",
                   "--query", "Instances[0].InstanceId")
    ec2("wait", "instance-running", "--instance-ids", launched)
    return launched


def find_instances(launched):
    named = ec2("describe-instances", "--filters", "Name=tag:Name,Values=app", "--query", "Reservations[].Instances[].InstanceId")
    assert named == [launched], named
    # The waiter waits for every instance the filter finds; the group makes two.
    in_group = ["--filters", "Name=instance-type,Values=t3.micro"]
    ec2("wait", "instance-running", *in_group)
    running = ec2("describe-instances", *in_group, "--query", "Reservations[].Instances[].State.Name")
    assert running == ["running"] * 2, running


def build_names():
    zone = aws("route53", "create-hosted-zone", "--name", "cli.test", "--caller-reference", "once")
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": {
        "Name": "www.cli.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.7"}]}}]}
    change = aws("route53", "change-resource-record-sets", "--hosted-zone-id", zone["HostedZone"]["Id"],
                 "--change-batch", SCRATCH, "--query", "ChangeInfo.Id", text=json.dumps(batch))
    aws("route53", "wait", "resource-record-sets-changed", "--id", change)
    host, port = os.environ["HEARTH_DNS"].rsplit(":", 1)
    answer = subprocess.run(["dig", f"@{host}", "-p", port, "+short", "www.cli.test"], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == ["192.0.2.7"], answer


def main():
    assert aws("sts", "get-caller-identity", "--query", "Account") == "123456789012"
    vpc, subnets = build_network()
    group = build_group(vpc)
    find_instances(build_instances(subnets, group))
    build_names()


main()
print("ok")
