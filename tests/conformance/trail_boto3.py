"""What CloudTrail tells through boto3 of calls that were done and of calls that were refused."""

import json
import os
import time

import boto3
from refusals import refused

trail = boto3.client("cloudtrail")
ec2 = boto3.client("ec2")
iam = boto3.client("iam")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]


def events(key, value, **arguments):
    attribute = [{"AttributeKey": key, "AttributeValue": value}]
    pages = trail.get_paginator("lookup_events").paginate(LookupAttributes=attribute, **arguments)
    return [event for page in pages for event in page["Events"]]


def within(seconds, look):
    """What `look` finds, as soon as it finds anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("nothing was recorded")


def done():
    """A call that changed something is there when its answer is, with its parameters and its answer."""
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    [event] = events("ResourceName", vpc)
    assert (event["EventName"], event["EventSource"], event["ReadOnly"]) == ("CreateVpc", "ec2.amazonaws.com", "false"), event
    assert event["Username"] == "root" and event["AccessKeyId"] == os.environ["AWS_ACCESS_KEY_ID"], event
    assert {"ResourceType": "AWS::EC2::VPC", "ResourceName": vpc} in event["Resources"], event
    document = json.loads(event["CloudTrailEvent"])
    assert document["requestParameters"]["cidrBlock"] == "10.77.0.0/16", document
    assert document["responseElements"]["vpc"]["vpcId"] == vpc, document
    assert document["userIdentity"]["type"] == "Root" and document["recipientAccountId"] == ACCOUNT, document
    assert "boto" in document["userAgent"].lower() and document["sourceIPAddress"].startswith("127."), document
    assert events("EventId", event["EventId"]) == [event]
    before = len(events("EventSource", "ec2.amazonaws.com"))
    ec2.describe_vpcs()
    assert len(events("EventSource", "ec2.amazonaws.com")) == before, "who only looks is not told of"
    return event


def secrets():
    """A key's secret and an instance's user data are nowhere in the trail."""
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    pair = ec2.create_key_pair(KeyName="mine")
    text = json.dumps([event["CloudTrailEvent"] for event in events("ReadOnly", "false")])
    assert key["AccessKeyId"] in text and pair["KeyPairId"] in text
    assert key["SecretAccessKey"] not in text and "PRIVATE KEY" not in text
    assert "HIDDEN_DUE_TO_SECURITY_REASONS" in text
    return key


def strangers(key):
    """Who may not, and who signs wrongly, changes nothing and is recorded."""
    session = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    refused(session.client("ec2").create_vpc, "UnauthorizedOperation", CidrBlock="10.78.0.0/16")
    refused(session.client("ec2").describe_vpcs, "UnauthorizedOperation")
    denied = within(10, lambda: [event for event in events("Username", "alice") if event["EventName"] == "DescribeVpcs"])
    document = json.loads(denied[0]["CloudTrailEvent"])
    assert document["errorCode"] == "Client.UnauthorizedOperation" and document["userIdentity"]["userName"] == "alice", document
    wrong = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key="wrong")
    refused(wrong.client("cloudtrail").lookup_events, "InvalidSignatureException")
    refused(wrong.client("iam").create_user, "SignatureDoesNotMatch", UserName="mallory")
    forged = within(10, lambda: [event for event in events("EventName", "CreateUser") if event.get("Username") is None])
    document = json.loads(forged[0]["CloudTrailEvent"])
    assert document["errorCode"] == "SignatureDoesNotMatch" and document["userIdentity"]["type"] == "Unknown", document
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["alice"]


def limits(event):
    """Times, pages and what cannot be asked."""
    everything = trail.lookup_events(MaxResults=2)
    assert len(everything["Events"]) == 2 and everything["NextToken"]
    assert everything["Events"][0]["EventTime"] >= everything["Events"][1]["EventTime"]
    assert trail.lookup_events(StartTime=0, EndTime=1)["Events"] == []
    at = event["EventTime"]
    assert event["EventId"] in [found["EventId"] for found in events("EventName", "CreateVpc", StartTime=at, EndTime=at)]
    refused(trail.lookup_events, "InvalidTimeRangeException", StartTime=2, EndTime=1)
    refused(trail.lookup_events, "InvalidNextTokenException", NextToken="x")
    refused(trail.create_trail, "S3BucketDoesNotExistException", Name="all", S3BucketName="none")


one = done()
strangers(secrets())
limits(one)
print("ok")
