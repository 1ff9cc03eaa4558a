"""Tags by ARN through boto3, in the JSON that it chooses and in the CBOR that the service speaks too."""

import boto3
import botocore.loaders
from refusals import refused

ec2 = boto3.client("ec2")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]
REGION = ec2.meta.region_name
EVERY_TAG = {"env": "test", "ä <&>": "ö"}


class Cbor(botocore.loaders.Loader):
    """The same service as if it spoke nothing but CBOR."""

    def load_service_model(self, service_name, type_name, api_version=None):
        model = super().load_service_model(service_name, type_name, api_version)
        if service_name == "resourcegroupstaggingapi" and type_name == "service-2":
            only = {"protocol": "smithy-rpc-v2-cbor", "protocols": ["smithy-rpc-v2-cbor"]}
            model = {**model, "metadata": {**model["metadata"], **only}}
        return model


def in_cbor():
    session = boto3.Session()
    loader = session._session.get_component("data_loader")
    session._session.register_component("data_loader", Cbor(loader.search_paths))
    return session.client("resourcegroupstaggingapi")


def made():
    """Something of each service that is tagged by ARN."""
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    zone = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"]["Id"]
    iam = boto3.client("iam")
    profile = iam.create_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Arn"]
    return [f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{vpc}", f"arn:aws:route53:::{zone.strip('/')}", profile]


def found(tagging, **arguments):
    pages = tagging.get_paginator("get_resources").paginate(PaginationConfig={"PageSize": 2}, **arguments)
    mappings = [mapping for page in pages for mapping in page["ResourceTagMappingList"]]
    return {mapping["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in mapping["Tags"]} for mapping in mappings}


def taken_through(tagging, arns):
    foreign = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-0"
    failed = tagging.tag_resources(ResourceARNList=[*arns, foreign], Tags=EVERY_TAG)["FailedResourcesMap"]
    assert list(failed) == [foreign] and failed[foreign]["ErrorCode"] == "InvalidParameterException", failed
    assert found(tagging) == {arn: EVERY_TAG for arn in arns}, found(tagging)
    vpc = arns[0].rsplit("/", 1)[1]
    assert {tag["Key"] for tag in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]} == set(EVERY_TAG)
    assert set(found(tagging, ResourceTypeFilters=["ec2:vpc", "route53"])) == set(arns[:2])
    assert found(tagging, TagFilters=[{"Key": "env", "Values": ["live"]}]) == {}
    keys = [key for page in tagging.get_paginator("get_tag_keys").paginate() for key in page["TagKeys"]]
    assert keys == sorted(EVERY_TAG), keys
    assert tagging.get_tag_values(Key="env")["TagValues"] == ["test"]
    refused(tagging.get_resources, "InvalidParameterException", ResourcesPerPage=1000)
    refused(tagging.get_resources, "PaginationTokenExpiredException", PaginationToken="x")
    refused(tagging.get_compliance_summary, "UnsupportedOperationException")
    assert tagging.untag_resources(ResourceARNList=arns, TagKeys=list(EVERY_TAG))["FailedResourcesMap"] == {}
    assert found(tagging) == {}


ARNS = made()
CLIENTS = {"json": boto3.client("resourcegroupstaggingapi"), "smithy-rpc-v2-cbor": in_cbor()}
for protocol, client in CLIENTS.items():
    assert client.meta.service_model.resolved_protocol == protocol
    taken_through(client, ARNS)
print("ok")
