"""Records what a real SDK sends and reads, as golden cases for the codec and the signature check.

    python3 -m venv venv && venv/bin/pip install boto3
    venv/bin/python record.py            # rewrites requests.json beside this file

Nothing is sent: the requests are caught before they leave, addressed to localhost and signed with fixed keys at a
fixed time. For responses the direction is reversed: every `responses/*.xml` is read by the SDK, and what it
understood is written to `responses.json`.
"""

import base64
import datetime
import json
import pathlib

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.loaders
import botocore.parsers

HERE = pathlib.Path(__file__).parent
KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session/token=="
NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)
REGION = "us-east-1"

REQUESTS = [
    ("sts", "get_caller_identity", {}),
    ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "default", "DryRun": False,
                           "TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "ä <&> +"}]}]}),
    ("ec2", "modify_vpc_attribute", {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}}),
    ("ec2", "run_instances", {
        "ImageId": "ami-12345678", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 3, "KeyName": "key",
        "ClientToken": "11111111-2222-3333-4444-555555555555", "UserData": "#!/bin/sh\necho hello\n",
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-1", "Groups": ["sg-1", "sg-2"],
                               "AssociatePublicIpAddress": True,
                               "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.0.5"}]}],
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}],
        "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "$Latest"},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}]}]}),
    ("ec2", "create_launch_template", {
        "LaunchTemplateName": "web", "ClientToken": "token-1",
        "LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "t3.small", "SecurityGroupIds": ["sg-1"],
                               "UserData": "aGVsbG8=", "TagSpecifications": [
                                   {"ResourceType": "instance", "Tags": [{"Key": "k", "Value": "v"}]}]}}),
    ("ec2", "authorize_security_group_ingress", {
        "GroupId": "sg-1", "IpPermissions": [
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "web"}],
             "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "123456789012"}]}]}),
    ("ec2", "describe_instances", {"Filters": [{"Name": "tag:Name", "Values": ["web", "db"]},
                                               {"Name": "instance-state-name", "Values": ["running"]}],
                                   "MaxResults": 100, "NextToken": "a/b=="}),
    ("ec2", "terminate_instances", {"InstanceIds": ["i-1", "i-2"]}),
    ("ec2", "import_key_pair", {"KeyName": "mine", "PublicKeyMaterial": b"ssh-ed25519 AAAA"}),
    ("ec2", "describe_images", {"Owners": ["self"], "ImageIds": ["ami-1"]}),
    ("autoscaling", "create_auto_scaling_group", {
        "AutoScalingGroupName": "web", "MinSize": 1, "MaxSize": 4, "DesiredCapacity": 3,
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Default"}, "VPCZoneIdentifier": "subnet-1,subnet-2",
        "HealthCheckType": "EC2", "HealthCheckGracePeriod": 5, "AvailabilityZones": [],
        "Tags": [{"Key": "Name", "Value": "web", "PropagateAtLaunch": True, "ResourceId": "web",
                  "ResourceType": "auto-scaling-group"}]}),
    ("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": ["web"], "MaxRecords": 50}),
    ("autoscaling", "set_desired_capacity", {"AutoScalingGroupName": "web", "DesiredCapacity": 0, "HonorCooldown": False}),
    ("route53", "create_hosted_zone", {"Name": "example.com.", "CallerReference": "ref 1",
                                       "HostedZoneConfig": {"Comment": "a < b & c", "PrivateZone": False}}),
    ("route53", "change_resource_record_sets", {
        "HostedZoneId": "/hostedzone/Z1", "ChangeBatch": {"Comment": "batch", "Changes": [
            {"Action": "UPSERT", "ResourceRecordSet": {"Name": "www.example.com.", "Type": "A", "SetIdentifier": "blue",
                                                       "Weight": 70, "TTL": 60, "HealthCheckId": "hc-1",
                                                       "ResourceRecords": [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}]}},
            {"Action": "DELETE", "ResourceRecordSet": {"Name": "txt.example.com.", "Type": "TXT", "TTL": 300,
                                                       "ResourceRecords": [{"Value": "\"<a> & 'b'\""}]}}]}}),
    ("route53", "list_resource_record_sets", {"HostedZoneId": "Z1", "StartRecordName": "a b.example.com.",
                                              "StartRecordType": "A", "MaxItems": "10"}),
    ("route53", "get_change", {"Id": "/change/C1"}),
    ("route53", "create_health_check", {"CallerReference": "hc", "HealthCheckConfig": {
        "IPAddress": "192.0.2.1", "Port": 80, "Type": "HTTP", "ResourcePath": "/health", "RequestInterval": 10,
        "FailureThreshold": 1, "Inverted": False, "Regions": ["us-east-1", "us-west-1", "eu-west-1"]}}),
    ("route53", "change_tags_for_resource", {"ResourceType": "hostedzone", "ResourceId": "Z1",
                                             "AddTags": [{"Key": "k", "Value": "v"}], "RemoveTagKeys": ["old"]}),
    ("route53", "delete_health_check", {"HealthCheckId": "11111111-2222-3333-4444-555555555555"}),
    ("cloudtrail", "lookup_events", {
        "LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "ä \"<&>\""}], "MaxResults": 5,
        "StartTime": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)}),
    ("servicequotas", "request_service_quota_increase", {
        "ServiceCode": "vpc", "QuotaCode": "L-F678F1CE", "DesiredValue": 123.0}),
    ("servicequotas", "list_services", {}),
    ("account", "put_alternate_contact", {
        "AlternateContactType": "BILLING", "Name": "ä \"<&>\"", "Title": "CFO", "EmailAddress": "a@example.com",
        "PhoneNumber": "+1 (555) 1"}),
    ("account", "get_account_information", {}),
    ("account", "list_regions", {"MaxResults": 5, "RegionOptStatusContains": ["ENABLED_BY_DEFAULT"]}),
    ("tag", "tag_resources", {
        "ResourceARNList": ["arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1"], "Tags": {"Name": "ä", "a": ""}}),
    ("tag", "get_resources", {"TagFilters": [{"Key": "a", "Values": []}], "ResourcesPerPage": 50}),
]

# The same in CBOR, which boto3 speaks to a service only if that one knows nothing else.
REQUESTS_IN_CBOR = REQUESTS[-2:]

# What boto3 calls services that are called otherwise here.
NAMES = {"servicequotas": "service-quotas", "tag": "resourcegroupstaggingapi"}


class Cbor(botocore.loaders.Loader):
    """Services as if they knew nothing but CBOR."""

    def load_service_model(self, service_name, type_name, api_version=None):
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name != "service-2":
            return model
        only = {"protocol": "smithy-rpc-v2-cbor", "protocols": ["smithy-rpc-v2-cbor"]}
        return {**model, "metadata": {**model["metadata"], **only}}


class Caught(Exception):
    """Carries the request that would have been sent."""


def catch(request, **_):
    raise Caught(request)


def client(service, token, in_cbor=False):
    session = boto3.Session()
    if in_cbor:
        loader = session._session.get_component("data_loader")
        session._session.register_component("data_loader", Cbor(loader.search_paths))
    config = botocore.config.Config(retries={"max_attempts": 0}, parameter_validation=True)
    made = session.client(NAMES.get(service, service), region_name=REGION, endpoint_url="http://localhost:4566", aws_access_key_id=KEY,
                        aws_secret_access_key=SECRET, aws_session_token=token, config=config)
    made.meta.events.register_last("before-send", catch)
    return made


def watch_parameters(made, seen):
    """Keeps the parameters after the SDK's own adjustments (user data in base64, prefixes of ids removed)."""
    made.meta.events.register_last("before-parameter-build", lambda params, **_: seen.update(params))


def plain(value):
    """JSON for values as the tests print them: bytes in base64, moments in milliseconds."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return round(value.timestamp() * 1000)
    return value


def record_request(service, method, parameters, token=None, in_cbor=False):
    made = client(service, token, in_cbor)
    seen = {}
    watch_parameters(made, seen)
    operation = made.meta.method_to_api_mapping[method]
    try:
        getattr(made, method)(**parameters)
    except Caught as caught:
        request = caught.args[0]
    body = request.body or b""
    headers = {name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()}
    for noise in ("user-agent", "amz-sdk-invocation-id", "amz-sdk-request"):
        headers.pop(noise, None)
    headers["host"] = "localhost:4566"
    if headers.get("content-type") == "application/cbor":
        return {"service": service, "operation": operation, "method": request.method,
                "uri": request.url.removeprefix("http://localhost:4566"), "headers": dict(sorted(headers.items())),
                "binary": base64.b64encode(body).decode(), "input": plain(seen)}
    return {"service": service, "operation": operation, "method": request.method,
            "uri": request.url.removeprefix("http://localhost:4566"), "headers": dict(sorted(headers.items())),
            "body": (body if isinstance(body, str) else body.decode()), "input": plain(seen)}


def record_response(path):
    service, operation = path.stem.split(".")
    model = client(service, None).meta.service_model
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    shape = model.operation_model(operation).output_shape
    answer = {"status_code": 200, "headers": botocore.awsrequest.HeadersDict(), "body": path.read_bytes()}
    parsed = parser.parse(answer, shape)
    parsed.pop("ResponseMetadata", None)
    return {"service": service, "operation": operation, "output": plain(parsed)}


def write(name, cases):
    lines = [json.dumps(case, ensure_ascii=False) for case in cases]
    (HERE / name).write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main():
    botocore.auth.get_current_datetime = lambda *_, **__: NOW
    requests = [record_request(*case) for case in REQUESTS]
    requests += [record_request(*case, in_cbor=True) for case in REQUESTS_IN_CBOR]
    requests.append(record_request("sts", "get_caller_identity", {}, TOKEN))
    write("requests.json", requests)
    write("responses.json", [record_response(path) for path in sorted((HERE / "responses").glob("*.xml"))])


main()
