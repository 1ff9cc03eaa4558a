"""Two regions of one cluster: each by itself, and what they have in common."""

import boto3
from refusals import refused

HOME, OTHER = "us-east-1", "eu-west-1"
ec2 = {region: boto3.client("ec2", region_name=region) for region in (HOME, OTHER)}


# Each region knows all of them and shows its own zones; names and opt-in are as AWS has them.
for region, client in ec2.items():
    regions = client.describe_regions()["Regions"]
    assert sorted(it["RegionName"] for it in regions) == [OTHER, HOME], regions
    assert {it["OptInStatus"] for it in regions} == {"opt-in-not-required"}
    zones = client.describe_availability_zones()["AvailabilityZones"]
    assert [it["ZoneName"] for it in zones] == [region + "a", region + "b"], zones
    assert {it["RegionName"] for it in zones} == {region}

# A default VPC in each, and no two of them alike.
vpcs = {}
for region, client in ec2.items():
    [vpc] = client.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    assert vpc["CidrBlock"] == "172.31.0.0/16"
    subnets = client.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert sorted(it["AvailabilityZone"] for it in subnets) == [region + "a", region + "b"]
    vpcs[region] = vpc["VpcId"]
assert vpcs[HOME] != vpcs[OTHER]

# An instance in each runs on a machine of that region and is seen only there.
instances = {}
for region, client in ec2.items():
    launched = client.run_instances(ImageId="ami-00000000000000001", InstanceType="t3.micro", MinCount=1, MaxCount=1)
    instances[region] = launched["Instances"][0]["InstanceId"]
    client.get_waiter("instance_running").wait(InstanceIds=[instances[region]], WaiterConfig={"Delay": 1})
for region, client in ec2.items():
    shown = [it for one in client.describe_instances()["Reservations"] for it in one["Instances"]]
    assert [it["InstanceId"] for it in shown] == [instances[region]]
    assert shown[0]["Placement"]["AvailabilityZone"].startswith(region)
assert ec2[OTHER].describe_instances()["Reservations"][0]["Instances"][0]["PrivateDnsName"].endswith(
    ".eu-west-1.compute.internal"
)

# Ids of one region are unknown in the other.
refused(ec2[OTHER].describe_instances, "InvalidInstanceID.NotFound", InstanceIds=[instances[HOME]])
refused(ec2[OTHER].terminate_instances, "InvalidInstanceID.NotFound", InstanceIds=[instances[HOME]])
refused(ec2[HOME].create_subnet, "InvalidVpcID.NotFound", VpcId=vpcs[OTHER], CidrBlock="172.31.200.0/24")
refused(ec2[OTHER].run_instances, "InvalidParameterValue", ImageId="ami-00000000000000001", MinCount=1, MaxCount=1,
        InstanceType="t3.micro", Placement={"AvailabilityZone": HOME + "a"})

# Key pairs and groups are of a region: the same name twice is no conflict.
for client in ec2.values():
    client.create_key_pair(KeyName="both")
autoscaling = {region: boto3.client("autoscaling", region_name=region) for region in ec2}
for region, client in ec2.items():
    client.create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={"ImageId": "ami-00000000000000001", "InstanceType": "t3.micro"},
    )
    autoscaling[region].create_auto_scaling_group(
        AutoScalingGroupName="web", MinSize=1, MaxSize=1, AvailabilityZones=[region + "a"],
        LaunchTemplate={"LaunchTemplateName": "web"},
    )
for region, client in autoscaling.items():
    [group] = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert f":{region}:" in group["AutoScalingGroupARN"]

# Users and hosted zones are of no region.
iam = {region: boto3.client("iam", region_name=region) for region in ec2}
iam[OTHER].create_user(UserName="alice")
assert iam[HOME].get_user(UserName="alice")["User"]["UserName"] == "alice"
route53 = {region: boto3.client("route53", region_name=region) for region in ec2}
zone = route53[OTHER].create_hosted_zone(Name="example.test", CallerReference="1")["HostedZone"]["Id"]
assert route53[HOME].get_hosted_zone(Id=zone)["HostedZone"]["Name"] == "example.test."
for region in ec2:
    identity = boto3.client("sts", region_name=region).get_caller_identity()
    assert identity["Account"] == "123456789012"

# What was done is told of where it was done.
for region in ec2:
    trail = boto3.client("cloudtrail", region_name=region)
    attribute = [{"AttributeKey": "EventName", "AttributeValue": "RunInstances"}]
    events = trail.lookup_events(LookupAttributes=attribute)["Events"]
    named = {it["ResourceName"] for event in events for it in event["Resources"]}
    assert instances[region] in named, named
    other = OTHER if region == HOME else HOME
    assert instances[other] not in named

# A region that the cluster does not serve.
refused(boto3.client("ec2", region_name="sa-east-1").describe_vpcs, "AuthFailure")

print("ok")
