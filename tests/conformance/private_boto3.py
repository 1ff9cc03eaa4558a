"""Private hosted zones through boto3: VPCs of two regions, authorizations, what is refused."""

import boto3
from refusals import refused

route53 = boto3.client("route53")
regions = ("us-east-1", "eu-west-1")
ec2 = {region: boto3.client("ec2", region_name=region) for region in regions}


def in_sync(answer):
    route53.get_waiter("resource_record_sets_changed").wait(
        Id=answer["ChangeInfo"]["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


vpcs = {}
for region, client in ec2.items():
    created = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    client.modify_vpc_attribute(VpcId=created, EnableDnsHostnames={"Value": True})
    vpcs[region] = {"VPCRegion": region, "VPCId": created}
here, there = (vpcs[region] for region in regions)

# A zone of a VPC, and the same name in public beside it.
answer = route53.create_hosted_zone(Name="corp.example", CallerReference="private", VPC=here)
zone = answer["HostedZone"]["Id"]
assert answer["VPC"] == here and answer["HostedZone"]["Config"]["PrivateZone"], answer
in_sync(answer)
public = route53.create_hosted_zone(Name="corp.example", CallerReference="public")["HostedZone"]["Id"]
sets = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
[servers] = [found["ResourceRecords"] for found in sets if found["Type"] == "NS"]
assert [server["Value"] for server in servers] == [
    "ns-0.awsdns-00.com.", "ns-512.awsdns-00.net.", "ns-1024.awsdns-00.org.", "ns-1536.awsdns-00.co.uk."
], servers

# VPCs come and go, but not the last; across regions.
in_sync(route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=there, Comment="the other region"))
shown = route53.get_hosted_zone(Id=zone)
assert sorted(shown["VPCs"], key=lambda vpc: vpc["VPCRegion"]) == [there, here], shown
assert "DelegationSet" not in shown and "VPCs" not in route53.get_hosted_zone(Id=public)
for vpc in (here, there):
    [summary] = route53.list_hosted_zones_by_vpc(**vpc)["HostedZoneSummaries"]
    assert summary["HostedZoneId"] == zone.removeprefix("/hostedzone/"), summary
    assert summary["Name"] == "corp.example." and len(summary["Owner"]["OwningAccount"]) == 12, summary
refused(route53.associate_vpc_with_hosted_zone, "ConflictingDomainExists", status=400, HostedZoneId=zone, VPC=there)
refused(route53.create_hosted_zone, "ConflictingDomainExists", status=400, Name="corp.example", CallerReference="again", VPC=here)
refused(route53.associate_vpc_with_hosted_zone, "PublicZoneVPCAssociation", status=400, HostedZoneId=public, VPC=here)
nowhere = {"VPCRegion": "us-east-1", "VPCId": there["VPCId"]}
refused(route53.associate_vpc_with_hosted_zone, "InvalidVPCId", status=400, HostedZoneId=zone, VPC=nowhere)
refused(route53.create_hosted_zone, "InvalidVPCId", status=400, Name="a.example", CallerReference="nowhere", VPC=nowhere)
refused(route53.disassociate_vpc_from_hosted_zone, "VPCAssociationNotFound", status=404, HostedZoneId=zone, VPC=nowhere)
in_sync(route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=here))
refused(route53.disassociate_vpc_from_hosted_zone, "LastVPCAssociation", status=400, HostedZoneId=zone, VPC=there)

# What a zone of VPCs cannot hold.
for refused_set in (
    {"Type": "NS", "TTL": 60, "ResourceRecords": [{"Value": "ns.example.org"}]},
    {"Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}], "SetIdentifier": "a", "MultiValueAnswer": True,
     "HealthCheckId": route53.create_health_check(
         CallerReference="check", HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}
     )["HealthCheck"]["Id"]},
):
    changes = [{"Action": "CREATE", "ResourceRecordSet": {"Name": "sub.corp.example", **refused_set}}]
    refused(route53.change_resource_record_sets, "InvalidChangeBatch", status=400, HostedZoneId=zone, ChangeBatch={"Changes": changes})

# Authorizations: listed in pages, taken back once.
guests = [{"VPCRegion": "eu-west-1", "VPCId": f"vpc-{number:017x}"} for number in range(3)]
for guest in guests:
    given = route53.create_vpc_association_authorization(HostedZoneId=zone, VPC=guest)
    assert given["VPC"] == guest, given
first = route53.list_vpc_association_authorizations(HostedZoneId=zone, MaxResults="2")
rest = route53.list_vpc_association_authorizations(HostedZoneId=zone, NextToken=first["NextToken"])
assert first["VPCs"] + rest["VPCs"] == guests and "NextToken" not in rest, (first, rest)
route53.delete_vpc_association_authorization(HostedZoneId=zone, VPC=guests[0])
refused(route53.delete_vpc_association_authorization, "VPCAssociationAuthorizationNotFound", status=404, HostedZoneId=zone, VPC=guests[0])

# Limits and lists know private zones.
limit = route53.get_hosted_zone_limit(HostedZoneId=zone, Type="MAX_VPCS_ASSOCIATED_BY_ZONE")
assert (limit["Limit"]["Value"], limit["Count"]) == (300, 1), limit
refused(route53.get_hosted_zone_limit, "HostedZoneNotPrivate", status=400, HostedZoneId=public, Type="MAX_VPCS_ASSOCIATED_BY_ZONE")
only = route53.list_hosted_zones(HostedZoneType="PrivateHostedZone")["HostedZones"]
assert [found["Id"] for found in only] == [zone], only

# Instances are told of the resolver.
options = ec2["us-east-1"].create_dhcp_options(
    DhcpConfigurations=[{"Key": "domain-name-servers", "Values": ["AmazonProvidedDNS"]}]
)["DhcpOptions"]
assert options["DhcpConfigurations"][0]["Values"] == [{"Value": "AmazonProvidedDNS"}], options

in_sync(route53.delete_hosted_zone(Id=zone))
route53.delete_hosted_zone(Id=public)
print("ok")
