"""Wrong requests: AWS's error code at the AWS door, and nothing changed."""

import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Retries would only hide which answer came first; our own bounds shall be met, not boto3's.
CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
CLIENTS = {name: boto3.client(name, config=CONFIG) for name in ("ec2", "autoscaling", "route53", "sts", "iam")}
ec2 = CLIENTS["ec2"]

VPC = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
SUBNET = ec2.create_subnet(VpcId=VPC, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
GROUP = ec2.create_security_group(GroupName="g", Description="d", VpcId=VPC)["GroupId"]
IMAGE = ec2.describe_images()["Images"][0]["ImageId"]
LAUNCH = {"ImageId": IMAGE, "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1, "SubnetId": SUBNET}
ABSENT = "0123456789abcdef0"
HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}


def ingress(**permission):
    return {"GroupId": GROUP, "IpPermissions": [{**HTTP, **permission}]}


CASES = [
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range"),
    ("ec2", "create_vpc", {"CidrBlock": "hello"}, "InvalidParameterValue"),
    ("ec2", "create_subnet", {"VpcId": VPC, "CidrBlock": "10.0.1.128/25"}, "InvalidSubnet.Conflict"),
    ("ec2", "create_subnet", {"VpcId": VPC, "CidrBlock": "10.9.1.0/24"}, "InvalidSubnet.Range"),
    ("ec2", "create_subnet", {"VpcId": f"vpc-{ABSENT}", "CidrBlock": "10.0.2.0/24"}, "InvalidVpcID.NotFound"),
    ("ec2", "create_subnet", {"VpcId": VPC, "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "us-east-1z"}, "InvalidParameterValue"),
    ("ec2", "delete_vpc", {"VpcId": VPC}, "DependencyViolation"),
    ("ec2", "delete_subnet", {"SubnetId": f"subnet-{ABSENT}"}, "InvalidSubnetID.NotFound"),
    ("ec2", "create_security_group", {"GroupName": "g", "Description": "d", "VpcId": VPC}, "InvalidGroup.Duplicate"),
    ("ec2", "authorize_security_group_ingress", ingress(IpRanges=[{"CidrIp": "1.2.3.4/99"}]), "InvalidParameterValue"),
    ("ec2", "authorize_security_group_ingress", ingress(UserIdGroupPairs=[{"GroupId": f"sg-{ABSENT}"}]), "InvalidGroup.NotFound"),
    ("ec2", "run_instances", {**LAUNCH, "ImageId": f"ami-{ABSENT}"}, "InvalidAMIID.NotFound"),
    ("ec2", "run_instances", {**LAUNCH, "ImageId": "ami-oops"}, "InvalidAMIID.Malformed"),
    ("ec2", "run_instances", {**LAUNCH, "InstanceType": "t9.huge"}, "InvalidParameterValue"),
    ("ec2", "run_instances", {**LAUNCH, "MaxCount": 0}, "InvalidParameterValue"),
    ("ec2", "terminate_instances", {"InstanceIds": [f"i-{ABSENT}"]}, "InvalidInstanceID.NotFound"),
    ("ec2", "describe_instances", {"InstanceIds": ["i-nonsense"]}, "InvalidInstanceID.Malformed"),
    ("ec2", "create_vpc", {"CidrBlock": "10.3.0.0/16", "DryRun": True}, "DryRunOperation"),
    ("ec2", "create_route_table", {"VpcId": f"vpc-{ABSENT}"}, "InvalidVpcID.NotFound"),
    ("ec2", "describe_vpcs", {"Filters": [{"Name": "nonsense", "Values": ["x"]}]}, "InvalidParameterValue"),
    ("ec2", "create_nat_gateway", {"SubnetId": SUBNET}, "UnsupportedOperation"),
    ("autoscaling", "set_desired_capacity", {"AutoScalingGroupName": "none", "DesiredCapacity": 1}, "ValidationError"),
    ("route53", "get_hosted_zone", {"Id": "Z00000000000000000000"}, "NoSuchHostedZone"),
    ("route53", "get_change", {"Id": "C00000000000000000000"}, "NoSuchChange"),
    ("route53", "create_hosted_zone", {"Name": "a..b", "CallerReference": "1"}, "InvalidDomainName"),
    ("route53", "get_health_check", {"HealthCheckId": "11111111-2222-3333-4444-555555555555"}, "NoSuchHealthCheck"),
    ("iam", "get_user", {"UserName": "none"}, "NoSuchEntity"),
    ("iam", "create_user", {"UserName": "a b"}, "ValidationError"),
    ("iam", "create_user", {"UserName": "a", "PermissionsBoundary": "arn:aws:iam::aws:policy/None"}, "NoSuchEntity"),
    ("iam", "create_policy", {"PolicyName": "p", "PolicyDocument": "{}"}, "MalformedPolicyDocument"),
    ("iam", "delete_policy", {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, "InvalidInput"),
    ("iam", "create_access_key", {}, "ValidationError"),
    ("iam", "create_login_profile", {"UserName": "a"}, "UnsupportedOperation"),
]


def code(service, action, arguments):
    try:
        getattr(CLIENTS[service], action)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


def state():
    shown = [ec2.describe_vpcs()["Vpcs"], ec2.describe_subnets()["Subnets"], ec2.describe_security_groups()["SecurityGroups"]]
    return [*shown, ec2.describe_instances()["Reservations"], CLIENTS["route53"].list_hosted_zones()["HostedZones"], CLIENTS["iam"].list_users()["Users"]]


def wrong_signature():
    known = os.environ["AWS_ACCESS_KEY_ID"]
    client = boto3.client("sts", aws_access_key_id=known, aws_secret_access_key="not the secret", config=CONFIG)
    try:
        client.get_caller_identity()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


def half_wrong_batch():
    """A batch with one impossible change changes nothing."""
    zone = CLIENTS["route53"].create_hosted_zone(Name="half.test", CallerReference="half")["HostedZone"]["Id"]
    record = {"Name": "a.half.test", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    absent = {**record, "Name": "b.half.test"}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}, {"Action": "DELETE", "ResourceRecordSet": absent}]
    batch = {"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}}
    assert code("route53", "change_resource_record_sets", batch) == "InvalidChangeBatch"
    sets = CLIENTS["route53"].list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert {each["Type"] for each in sets} == {"NS", "SOA"}, sets


def main():
    before = state()
    wrong = [(action, arguments, expected, got) for service, action, arguments, expected in CASES
             if (got := code(service, action, arguments)) != expected]
    assert not wrong, "\n".join(f"{action} {arguments}: {got}, not {expected}" for action, arguments, expected, got in wrong)
    assert state() == before, "a refused request changed something"
    assert wrong_signature() == "SignatureDoesNotMatch"
    half_wrong_batch()


main()
print("ok")
