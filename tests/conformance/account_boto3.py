"""Account Management through boto3 and the AWS command line: REST in JSON, by clients that know it."""

import json
import os
import subprocess

import boto3
from refusals import refused

account = boto3.client("account")
CONTACT = {
    "FullName": "Ada Löv", "AddressLine1": "1 Street", "City": "Town", "PostalCode": "1", "CountryCode": "DE",
    "PhoneNumber": "+49 30 1",
}
BILLING = {
    "AlternateContactType": "BILLING", "Name": "Bob \"B\"", "Title": "CFO", "EmailAddress": "b@example.com",
    "PhoneNumber": "+1 (555) 1",
}


def command_line(*arguments):
    output = subprocess.run(
        [os.environ["HEARTH_AWS_PROGRAM"], "account", *arguments, "--output=json"], capture_output=True, text=True)
    assert output.returncode == 0, output.stderr
    return json.loads(output.stdout) if output.stdout else None


def named():
    before = account.get_account_information()
    assert before["AccountName"] == before["AccountId"] and before["AccountState"] == "ACTIVE", before
    account.put_account_name(AccountName="Tea and Sons")
    assert command_line("get-account-information")["AccountName"] == "Tea and Sons"
    refused(account.get_account_information, "ValidationException", status=400, AccountId="210987654321")


def contacts():
    refused(account.get_contact_information, "ResourceNotFoundException", status=404)
    account.put_contact_information(ContactInformation=CONTACT)
    assert account.get_contact_information()["ContactInformation"] == CONTACT
    refused(account.get_alternate_contact, "ResourceNotFoundException", status=404, AlternateContactType="BILLING")
    account.put_alternate_contact(**BILLING)
    assert account.get_alternate_contact(AlternateContactType="BILLING")["AlternateContact"] == BILLING
    command_line("delete-alternate-contact", "--alternate-contact-type=BILLING")
    refused(account.delete_alternate_contact, "ResourceNotFoundException", status=404, AlternateContactType="BILLING")


def regions():
    pages = account.get_paginator("list_regions").paginate(PaginationConfig={"PageSize": 1})
    found = [region["RegionName"] for page in pages for region in page["Regions"]]
    ec2 = [region["RegionName"] for region in boto3.client("ec2").describe_regions()["Regions"]]
    assert set(ec2) <= set(found), (ec2, found)
    assert account.get_region_opt_status(RegionName=found[0])["RegionOptStatus"] == "ENABLED_BY_DEFAULT"
    refused(account.get_region_opt_status, "ValidationException", status=400, RegionName="mars-1")
    refused(account.enable_region, "UnsupportedOperationException", status=400, RegionName="af-south-1")


def recorded():
    """Whom the account names is nobody else's affair: the trail says that it was changed, not to what."""
    events = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutContactInformation"}])["Events"]
    assert len(events) == 1, events
    event = json.loads(events[0]["CloudTrailEvent"])
    assert "Ada" not in events[0]["CloudTrailEvent"] and event["eventSource"] == "account.amazonaws.com", event


named()
contacts()
regions()
recorded()
print("ok")
