// The two-tier set-up through the SDK for JavaScript: built, read back, changed, taken down.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

// Scripts lie in the checkout, packages do not.
const require = createRequire(`${process.env.HEARTH_JAVASCRIPT}/`);
const { EC2, waitUntilInstanceRunning, waitUntilInstanceTerminated, waitUntilVpcAvailable, paginateDescribeInstances } =
    require("@aws-sdk/client-ec2");
const { AutoScaling } = require("@aws-sdk/client-auto-scaling");
const { IAM, waitUntilInstanceProfileExists, waitUntilRoleExists } = require("@aws-sdk/client-iam");
const { Route53, waitUntilResourceRecordSetsChanged } = require("@aws-sdk/client-route-53");
const { STS } = require("@aws-sdk/client-sts");

const ZONES = ["us-east-1a", "us-east-1b"];
const PATIENCE_S = 60;

const ec2 = new EC2();
const autoScaling = new AutoScaling();
const iam = new IAM();
const route53 = new Route53();
const waiting = (client) => ({ client, maxWaitTime: PATIENCE_S, minDelay: 1, maxDelay: 1 });

async function until(what, condition) {
    const deadline = Date.now() + PATIENCE_S * 1000;
    while (Date.now() < deadline) {
        const found = await condition();
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${what}: not within ${PATIENCE_S} s`);
}

async function refused(code, call) {
    await assert.rejects(call, (error) => {
        assert.equal(error.name, code, error.message);
        assert.ok(error.$metadata.requestId, "a request id");
        return true;
    });
}

async function buildNetwork() {
    const tags = [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: "shöp & söns" }] }];
    const { Vpc: { VpcId } } = await ec2.createVpc({ CidrBlock: "10.2.0.0/16", TagSpecifications: tags });
    await waitUntilVpcAvailable(waiting(ec2), { VpcIds: [VpcId] });
    const { InternetGateway: { InternetGatewayId } } = await ec2.createInternetGateway({});
    await ec2.attachInternetGateway({ InternetGatewayId, VpcId });
    const { RouteTable: { RouteTableId } } = await ec2.createRouteTable({ VpcId });
    await ec2.createRoute({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: InternetGatewayId });
    const subnets = [];
    for (const [number, AvailabilityZone] of ZONES.entries()) {
        const made = await ec2.createSubnet({ VpcId, CidrBlock: `10.2.${number}.0/24`, AvailabilityZone });
        const SubnetId = made.Subnet.SubnetId;
        await ec2.associateRouteTable({ RouteTableId, SubnetId });
        await ec2.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: { Value: true } });
        subnets.push(SubnetId);
    }
    const { Vpcs } = await ec2.describeVpcs({ Filters: [{ Name: "tag:Name", Values: ["shöp*"] }] });
    assert.deepEqual(Vpcs.map((vpc) => [vpc.VpcId, vpc.Tags[0].Value]), [[VpcId, "shöp & söns"]]);
    return { VpcId, InternetGatewayId, RouteTableId, subnets };
}

async function buildGroup(VpcId) {
    const { GroupId } = await ec2.createSecurityGroup({ GroupName: "web", Description: "anybody", VpcId });
    const http = { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "all" }] };
    await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [http] });
    await refused("InvalidPermission.Duplicate", ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [http] }));
    const { SecurityGroups: [group] } = await ec2.describeSecurityGroups({ GroupIds: [GroupId] });
    assert.equal(group.IpPermissions[0].IpRanges[0].Description, "all");
    return GroupId;
}

async function buildRole() {
    const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }] };
    const { Role } = await iam.createRole({ RoleName: "web", AssumeRolePolicyDocument: JSON.stringify(trust) });
    await waitUntilRoleExists(waiting(iam), { RoleName: "web" });
    assert.deepEqual(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)), trust);
    await iam.createInstanceProfile({ InstanceProfileName: "web" });
    await iam.addRoleToInstanceProfile({ InstanceProfileName: "web", RoleName: "web" });
    await waitUntilInstanceProfileExists(waiting(iam), { InstanceProfileName: "web" });
}

async function takeDownRole() {
    await iam.removeRoleFromInstanceProfile({ InstanceProfileName: "web", RoleName: "web" });
    await iam.deleteInstanceProfile({ InstanceProfileName: "web" });
    await iam.deleteRole({ RoleName: "web" });
    await refused("NoSuchEntityException", iam.getRole({ RoleName: "web" }));
}

async function buildFleet({ subnets }, GroupId) {
    const { Images: [{ ImageId }] } = await ec2.describeImages({ Filters: [{ Name: "name", Values: ["hearth/web"] }] });
    const data = { ImageId, InstanceType: "t3.micro", SecurityGroupIds: [GroupId] };
    await ec2.createLaunchTemplate({ LaunchTemplateName: "web", LaunchTemplateData: data });
    await autoScaling.createAutoScalingGroup({
        AutoScalingGroupName: "web", MinSize: 1, MaxSize: 4, DesiredCapacity: 2, VPCZoneIdentifier: subnets.join(","),
        LaunchTemplate: { LaunchTemplateName: "web", Version: "$Latest" },
    });
    const launched = await ec2.runInstances({
        ImageId, InstanceType: "t3.nano", MinCount: 1, MaxCount: 1, SubnetId: subnets[0], SecurityGroupIds: [GroupId],
        UserData: Buffer.from("#!/bin/sh\n").toString("base64"),
    });
    return launched.Instances[0].InstanceId;
}

async function inService(count) {
    const { AutoScalingGroups: [group] } = await autoScaling.describeAutoScalingGroups({ AutoScalingGroupNames: ["web"] });
    const ready = group.Instances.filter((instance) => instance.LifecycleState === "InService");
    return ready.length === count && group.Instances.length === count && ready.map((instance) => instance.InstanceId);
}

async function find(alone) {
    const members = await until("two members in service", () => inService(2));
    await waitUntilInstanceRunning(waiting(ec2), { InstanceIds: [...members, alone] });
    const found = [];
    const running = { Filters: [{ Name: "instance-state-name", Values: ["running"] }], MaxResults: 5 };
    for await (const page of paginateDescribeInstances({ client: ec2 }, running)) {
        found.push(...page.Reservations.flatMap((reservation) => reservation.Instances));
    }
    assert.deepEqual(found.map((one) => one.InstanceId).sort(), [...members, alone].sort());
    assert.ok(found.every((one) => one.LaunchTime instanceof Date && one.State.Code === 16));
}

async function change() {
    await autoScaling.setDesiredCapacity({ AutoScalingGroupName: "web", DesiredCapacity: 3 });
    await until("three members", () => inService(3));
    await autoScaling.updateAutoScalingGroup({ AutoScalingGroupName: "web", MinSize: 0, MaxSize: 2, DesiredCapacity: 1 });
    return until("one member", () => inService(1));
}

async function names() {
    const made = await route53.createHostedZone({ Name: "script.test", CallerReference: "once" });
    const HostedZoneId = made.HostedZone.Id.replace("/hostedzone/", "");
    const records = { Name: "www.script.test", Type: "A", TTL: 5, ResourceRecords: [{ Value: "192.0.2.9" }] };
    const batch = (Action, ResourceRecordSet) => ({ HostedZoneId, ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] } });
    const { ChangeInfo } = await route53.changeResourceRecordSets(batch("CREATE", records));
    await waitUntilResourceRecordSetsChanged(waiting(route53), { Id: ChangeInfo.Id });
    await refused("InvalidChangeBatch", route53.changeResourceRecordSets(batch("CREATE", records)));
    const { ResourceRecordSets } = await route53.listResourceRecordSets({ HostedZoneId });
    assert.deepEqual(ResourceRecordSets.map((set) => set.Type).sort(), ["A", "NS", "SOA"]);
    await refused("HostedZoneNotEmpty", route53.deleteHostedZone({ Id: HostedZoneId }));
    await route53.changeResourceRecordSets(batch("DELETE", records));
    await route53.deleteHostedZone({ Id: HostedZoneId });
}

async function takeDown({ VpcId, InternetGatewayId, RouteTableId, subnets }, GroupId, instances) {
    await autoScaling.deleteAutoScalingGroup({ AutoScalingGroupName: "web", ForceDelete: true });
    await ec2.terminateInstances({ InstanceIds: instances.slice(0, 1) });
    await waitUntilInstanceTerminated(waiting(ec2), { InstanceIds: instances });
    await until("no group", async () => (await autoScaling.describeAutoScalingGroups({})).AutoScalingGroups.length === 0);
    await ec2.deleteLaunchTemplate({ LaunchTemplateName: "web" });
    await ec2.deleteSecurityGroup({ GroupId });
    for (const SubnetId of subnets) await ec2.deleteSubnet({ SubnetId });
    await ec2.deleteRouteTable({ RouteTableId });
    await ec2.detachInternetGateway({ InternetGatewayId, VpcId });
    await ec2.deleteInternetGateway({ InternetGatewayId });
    await ec2.deleteVpc({ VpcId });
    await refused("InvalidVpcID.NotFound", ec2.describeVpcs({ VpcIds: [VpcId] }));
}

assert.equal((await new STS().getCallerIdentity({})).Account, "123456789012");
const network = await buildNetwork();
const group = await buildGroup(network.VpcId);
await buildRole();
const alone = await buildFleet(network, group);
await find(alone);
const [member] = await change();
await names();
await takeDown(network, group, [alone, member]);
await takeDownRole();
console.log("ok");
