"""Quotas through boto3: what is shown holds, and what is granted holds from then on."""

import boto3
from refusals import refused

quotas = boto3.client("service-quotas")
ec2 = boto3.client("ec2")
RULES = {"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"}


def paged(action, items, **arguments):
    pages = quotas.get_paginator(action).paginate(PaginationConfig={"PageSize": 2}, **arguments)
    return [item for page in pages for item in page[items]]


def shown():
    services = [service["ServiceCode"] for service in paged("list_services", "Services")]
    assert services == sorted(services) and "vpc" in services, services
    for service in services:
        applied = paged("list_service_quotas", "Quotas", ServiceCode=service)
        defaults = paged("list_aws_default_service_quotas", "Quotas", ServiceCode=service)
        assert applied and [quota["Value"] for quota in applied] == [quota["Value"] for quota in defaults], service
    refused(quotas.list_service_quotas, "NoSuchResourceException", ServiceCode="s3")


def rules(group, first, count):
    ranges = [{"CidrIp": f"10.{number // 256}.{number % 256}.0/24"} for number in range(first, first + count)]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": ranges}
    return {"GroupId": group, "IpPermissions": [permission]}


def held():
    assert quotas.get_service_quota(**RULES)["Quota"]["Value"] == 60
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    ec2.authorize_security_group_ingress(**rules(group, 0, 60))
    refused(ec2.authorize_security_group_ingress, "RulesPerSecurityGroupLimitExceeded", **rules(group, 60, 1))
    refused(quotas.request_service_quota_increase, "IllegalArgumentException", DesiredValue=50, **RULES)
    refused(quotas.request_service_quota_increase, "IllegalArgumentException", DesiredValue=10**6, **RULES)
    request = quotas.request_service_quota_increase(DesiredValue=61, **RULES)["RequestedQuota"]
    assert request["Status"] == "APPROVED", request
    ec2.authorize_security_group_ingress(**rules(group, 60, 1))
    refused(ec2.authorize_security_group_ingress, "RulesPerSecurityGroupLimitExceeded", **rules(group, 61, 1))
    assert quotas.get_service_quota(**RULES)["Quota"]["Value"] == 61
    assert quotas.get_aws_default_service_quota(**RULES)["Quota"]["Value"] == 60
    assert quotas.get_requested_service_quota_change(RequestId=request["Id"])["RequestedQuota"] == request
    assert paged("list_requested_service_quota_change_history", "RequestedQuotas") == [request]


shown()
held()
print("ok")
