"""The two-tier set-up through boto3: built with waiters, found again by describe calls, taken down without a rest."""

import base64
import os
import subprocess
import time

import boto3

ZONES = ["us-east-1a", "us-east-1b"]
IMAGE_NAME = "hearth/web"
PATIENCE_S = 60

ec2 = boto3.client("ec2")
autoscaling = boto3.client("autoscaling")
route53 = boto3.client("route53")
sts = boto3.client("sts")


def wait(client, name, **arguments):
    client.get_waiter(name).wait(WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_S}, **arguments)


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {PATIENCE_S} s")


def dig(name, kind="A"):
    host, port = os.environ["HEARTH_DNS"].rsplit(":", 1)
    asked = ["dig", f"@{host}", "-p", port, "+short", "+time=2", name, kind]
    return sorted(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split())


def build_network():
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", Name="shop"))["Vpc"]["VpcId"]
    wait(ec2, "vpc_available", VpcIds=[vpc])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets = {}
    for number, (tier, zone) in enumerate((tier, zone) for tier in ("public", "private") for zone in ZONES):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        subnets[tier, zone] = made["Subnet"]["SubnetId"]
    wait(ec2, "subnet_available", SubnetIds=list(subnets.values()))
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    for zone in ZONES:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets["public", zone])
        ec2.modify_subnet_attribute(SubnetId=subnets["public", zone], MapPublicIpOnLaunch={"Value": True})
    return vpc, gateway, table, subnets


def tags(kind, **pairs):
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in pairs.items()]}]


def build_groups(vpc):
    web = ec2.create_security_group(GroupName="web", Description="anybody", VpcId=vpc)["GroupId"]
    app = ec2.create_security_group(GroupName="app", Description="the web tier", VpcId=vpc)["GroupId"]
    wait(ec2, "security_group_exists", GroupIds=[web, app])
    http = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[{**http, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    made = ec2.authorize_security_group_ingress(
        GroupId=app, IpPermissions=[{**http, "UserIdGroupPairs": [{"GroupId": web}]}]
    )
    rule = made["SecurityGroupRules"][0]
    assert rule["ReferencedGroupInfo"]["GroupId"] == web, rule
    shown = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    assert shown["SecurityGroupRules"][0]["FromPort"] == 80, shown
    return web, app


def build_instances(subnets, web, app):
    images = ec2.describe_images(Filters=[{"Name": "name", "Values": [IMAGE_NAME]}])["Images"]
    assert len(images) == 1, images
    image = images[0]["ImageId"]
    key = ec2.create_key_pair(KeyName="me", KeyType="ed25519")
    assert "OPENSSH PRIVATE KEY" in key["KeyMaterial"]
    data = {"ImageId": image, "InstanceType": "t3.micro", "KeyName": "me", "SecurityGroupIds": [web]}
    template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)["LaunchTemplate"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=1,
        MaxSize=6,
        DesiredCapacity=3,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "$Latest"},
        VPCZoneIdentifier=",".join(subnets["public", zone] for zone in ZONES),
    )
    token = {"ClientToken": "the-app-once"}
    launch = dict(
        ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1, SecurityGroupIds=[app],
        SubnetId=subnets["private", ZONES[0]], UserData="#!/bin/sh\necho hello\n", **token,
    )
    first = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    again = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    assert first == again, "the same token launched twice"
    return template["LaunchTemplateId"], first


def in_service():
    group = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])["AutoScalingGroups"][0]
    ready = [instance for instance in group["Instances"] if instance["LifecycleState"] == "InService"]
    return ready if len(ready) == group["DesiredCapacity"] else None


def find_instances(app_instance):
    members = until("three web instances in service", in_service)
    ids = sorted(member["InstanceId"] for member in members)
    assert len(ids) == 3, ids
    assert {member["AvailabilityZone"] for member in members} == set(ZONES), "not balanced over the zones"
    wait(ec2, "instance_running", InstanceIds=[*ids, app_instance])
    wait(ec2, "instance_status_ok", InstanceIds=[*ids, app_instance])
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}], PaginationConfig={"PageSize": 5}
    )
    found = [instance for page in pages for reservation in page["Reservations"] for instance in reservation["Instances"]]
    assert sorted(instance["InstanceId"] for instance in found) == sorted([*ids, app_instance]), found
    app = next(instance for instance in found if instance["InstanceId"] == app_instance)
    assert app["PrivateIpAddress"].startswith("10.0.2.") and "PublicIpAddress" not in app, app
    data = ec2.describe_instance_attribute(InstanceId=app_instance, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(data) == b"#!/bin/sh\necho hello\n", data
    return {instance["InstanceId"]: instance["PublicIpAddress"] for instance in found if instance is not app}


def resize():
    autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=4)
    until("four web instances", in_service)
    autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
    until("three web instances again", in_service)
    activities = autoscaling.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]
    assert len(activities) >= 5, activities


def build_names(addresses):
    made = route53.create_hosted_zone(Name="shop.test", CallerReference="once")
    zone = made["HostedZone"]["Id"]
    wait(route53, "resource_record_sets_changed", Id=made["ChangeInfo"]["Id"])
    check = route53.create_health_check(
        CallerReference="primary",
        HealthCheckConfig={"Type": "HTTP", "IPAddress": "192.0.2.1", "Port": 80, "ResourcePath": "/", "Disabled": True},
    )["HealthCheck"]["Id"]
    sets = [*multivalue(addresses), *weighted(), *failover(check)]
    changes = [{"Action": "CREATE", "ResourceRecordSet": each} for each in sets]
    change = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    wait(route53, "resource_record_sets_changed", Id=change["ChangeInfo"]["Id"])
    # INSYNC means that every DNS server has it: no waiting from here on.
    assert dig("web.shop.test") == sorted(addresses.values())
    assert dig("canary.shop.test")[0] in ("192.0.2.10", "192.0.2.20")
    assert dig("www.shop.test") == ["192.0.2.1"]
    listed = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone, PaginationConfig={"PageSize": 2})
    found = [each for page in listed for each in page["ResourceRecordSets"] if each["Type"] not in ("NS", "SOA")]
    key = lambda each: (each["Name"].rstrip("."), each["Type"], each["SetIdentifier"])
    assert sorted(map(key, found)) == sorted(map(key, sets)), found
    return zone, check, sets


def record(name, identifier, address, **policy):
    values = [{"Value": address}]
    return {"Name": f"{name}.shop.test", "Type": "A", "TTL": 5, "SetIdentifier": identifier, "ResourceRecords": values, **policy}


def multivalue(addresses):
    return [record("web", instance, address, MultiValueAnswer=True) for instance, address in addresses.items()]


def weighted():
    return [record("canary", "old", "192.0.2.10", Weight=70), record("canary", "new", "192.0.2.20", Weight=30)]


def failover(check):
    primary = record("www", "primary", "192.0.2.1", Failover="PRIMARY", HealthCheckId=check)
    return [primary, record("www", "secondary", "192.0.2.2", Failover="SECONDARY")]


def take_down_names(zone, check, sets):
    changes = [{"Action": "DELETE", "ResourceRecordSet": each} for each in sets]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    route53.delete_hosted_zone(Id=zone)
    route53.delete_health_check(HealthCheckId=check)
    assert route53.list_hosted_zones()["HostedZones"] == []


def take_down(network, groups, template, app_instance):
    vpc, gateway, table, subnets = network
    members = [member["InstanceId"] for member in in_service()]
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    ec2.terminate_instances(InstanceIds=[app_instance])
    wait(ec2, "instance_terminated", InstanceIds=[*members, app_instance])
    until("the group is gone", lambda: not autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"])
    ec2.delete_launch_template(LaunchTemplateId=template)
    ec2.delete_key_pair(KeyName="me")
    for group in reversed(groups):
        ec2.delete_security_group(GroupId=group)
    for association in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"]:
        ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=table)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    for subnet in subnets.values():
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    left = ec2.describe_vpcs()["Vpcs"]
    assert [each["IsDefault"] for each in left] == [True], left


def main():
    assert sts.get_caller_identity()["Account"] == "123456789012"
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == ZONES, zones
    network = build_network()
    groups = build_groups(network[0])
    template, app_instance = build_instances(network[3], *groups)
    find_instances(app_instance)
    resize()
    names = build_names(find_instances(app_instance))
    take_down_names(*names)
    take_down(network, groups, template, app_instance)


main()
print("ok")
