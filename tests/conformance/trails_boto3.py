"""A trail through boto3: made, written to a store, waiting while the store is down, going on when it is back."""

import sys
import time

import boto3
from refusals import refused

trail = boto3.client("cloudtrail", region_name="us-east-1")
PATIENCE = 90


def until(wanted):
    """The trail's status once it is as wanted."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(status := trail.get_trail_status(Name="audit")):
        assert time.monotonic() < deadline, status
        time.sleep(0.5)
    return status


def make_vpc(region, block):
    boto3.client("ec2", region_name=region).create_vpc(CidrBlock=block)


def create():
    made = trail.create_trail(
        Name="audit", S3BucketName="trails", S3KeyPrefix="audit", IsMultiRegionTrail=True,
        TagsList=[{"Key": "team", "Value": "a"}],
    )
    arn = made["TrailARN"]
    assert arn == "arn:aws:cloudtrail:us-east-1:123456789012:trail/audit"
    refused(trail.create_trail, "TrailAlreadyExistsException", Name="audit", S3BucketName="trails")
    refused(trail.create_trail, "InvalidTrailNameException", Name="a!", S3BucketName="trails")
    refused(trail.get_trail, "TrailNotFoundException", Name="nobody")
    elsewhere = boto3.client("cloudtrail", region_name="eu-west-1")
    assert elsewhere.describe_trails()["trailList"] == [trail.get_trail(Name="audit")["Trail"]]
    refused(elsewhere.stop_logging, "InvalidHomeRegionException", Name=arn)
    assert trail.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == [{"Key": "team", "Value": "a"}]
    selectors = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}]
    trail.put_event_selectors(TrailName="audit", EventSelectors=selectors)
    assert trail.get_event_selectors(TrailName="audit")["EventSelectors"][0]["ReadWriteType"] == "WriteOnly"
    assert not trail.get_trail_status(Name="audit")["IsLogging"]
    trail.start_logging(Name="audit")
    make_vpc("us-east-1", "10.1.0.0/16")
    make_vpc("eu-west-1", "10.1.0.0/16")
    boto3.client("iam").create_user(UserName="alice")
    status = until(lambda status: "LatestDeliveryTime" in status)
    assert status["IsLogging"] and "LatestDeliveryError" not in status, status


def down():
    make_vpc("us-east-1", "10.2.0.0/16")
    status = until(lambda status: "LatestDeliveryError" in status)
    assert status["LatestDeliveryError"].startswith("Unreachable"), status
    assert status["LatestDeliveryAttemptSucceeded"] == ""


def back():
    until(lambda status: "LatestDeliveryError" not in status)
    trail.stop_logging(Name="audit")
    make_vpc("us-east-1", "10.3.0.0/16")
    assert [it["Name"] for it in trail.list_trails()["Trails"]] == ["audit"]


{"create": create, "down": down, "back": back}[sys.argv[1]]()
print("ok")
