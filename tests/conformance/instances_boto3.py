"""The life of an instance through boto3: stopped, changed, started, rebooted, given more interfaces and addresses, ended."""

import base64

import boto3
from refusals import refused

PATIENCE_S = 60

ec2 = boto3.client("ec2")


def wait(name, **arguments):
    ec2.get_waiter(name).wait(WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_S}, **arguments)


def described(instance):
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def attribute(instance, name):
    found = ec2.describe_instance_attribute(InstanceId=instance, Attribute=name)
    return next(value for key, value in found.items() if key not in ("InstanceId", "ResponseMetadata"))


def launch():
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["hearth/web"]}])["Images"][0]["ImageId"]
    key = ec2.create_key_pair(KeyName="mine")
    assert key["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----"), "AWS's default type"
    assert len(key["KeyFingerprint"].split(":")) == 20, "SHA-1 of the private key"
    assert ec2.create_key_pair(KeyName="putty", KeyType="ed25519", KeyFormat="ppk")["KeyMaterial"].startswith("PuTTY")
    instance = ec2.run_instances(
        ImageId=image, InstanceType="t3.nano", KeyName="mine", MinCount=1, MaxCount=1,
        UserData="#!/bin/sh\necho first", DisableApiStop=True,
    )["Instances"][0]["InstanceId"]
    wait("instance_running", InstanceIds=[instance])
    wait("instance_status_ok", InstanceIds=[instance])
    wait("system_status_ok", InstanceIds=[instance])
    return instance


def stop_and_start(instance):
    before = described(instance)
    refused(ec2.stop_instances, "OperationNotPermitted", InstanceIds=[instance])
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiStop={"Value": False})
    assert not attribute(instance, "disableApiStop")["Value"]
    refused(ec2.modify_instance_attribute, "IncorrectInstanceState", InstanceId=instance, InstanceType={"Value": "t3.micro"})
    change = ec2.stop_instances(InstanceIds=[instance])["StoppingInstances"][0]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Code"]) == ("running", 64), change
    wait("instance_stopped", InstanceIds=[instance])
    stopped = described(instance)
    assert stopped["StateTransitionReason"].startswith("User initiated ("), stopped
    assert stopped["StateReason"]["Code"] == "Client.UserInitiatedShutdown", stopped
    assert "PublicIpAddress" not in stopped and "PublicIpAddress" in before, "the automatic one goes"
    assert stopped["PrivateIpAddress"] == before["PrivateIpAddress"]
    status = ec2.describe_instance_status(InstanceIds=[instance], IncludeAllInstances=True)["InstanceStatuses"][0]
    assert status["InstanceStatus"]["Status"] == "not-applicable", status
    ec2.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t3.micro"})
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"second"})
    assert base64.b64decode(attribute(instance, "userData")["Value"]) == b"second"
    change = ec2.start_instances(InstanceIds=[instance])["StartingInstances"][0]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "pending"), change
    wait("instance_running", InstanceIds=[instance])
    after = described(instance)
    assert after["LaunchTime"] > before["LaunchTime"] and after["InstanceType"] == "t3.micro", after
    assert after["PrivateIpAddress"] == before["PrivateIpAddress"] and "PublicIpAddress" in after
    assert after["StateTransitionReason"] == "" and "StateReason" not in after, after


def reboot(instance):
    before = described(instance)
    ec2.reboot_instances(InstanceIds=[instance])
    wait("instance_status_ok", InstanceIds=[instance])
    assert described(instance)["LaunchTime"] == before["LaunchTime"]
    assert "Output" in ec2.get_console_output(InstanceId=instance, Latest=True)
    ec2.stop_instances(InstanceIds=[instance], Force=True)
    wait("instance_stopped", InstanceIds=[instance])
    refused(ec2.reboot_instances, "IncorrectInstanceState", InstanceIds=[instance])
    ec2.start_instances(InstanceIds=[instance])
    wait("instance_running", InstanceIds=[instance])


def metadata(instance):
    changed = ec2.modify_instance_metadata_options(
        InstanceId=instance, HttpTokens="required", InstanceMetadataTags="enabled"
    )["InstanceMetadataOptions"]
    assert (changed["HttpTokens"], changed["InstanceMetadataTags"]) == ("required", "enabled"), changed


def more_addresses(instance):
    shown = described(instance)
    spare = ec2.create_network_interface(SubnetId=shown["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
    attached = ec2.attach_network_interface(InstanceId=instance, NetworkInterfaceId=spare, DeviceIndex=1)
    more = ec2.assign_private_ip_addresses(NetworkInterfaceId=spare, SecondaryPrivateIpAddressCount=1)
    secondary = more["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(
        AllocationId=address["AllocationId"], NetworkInterfaceId=spare, PrivateIpAddress=secondary
    )
    found = ec2.describe_addresses(PublicIps=[address["PublicIp"]])["Addresses"][0]
    assert (found["InstanceId"], found["PrivateIpAddress"]) == (instance, secondary), found
    filters = [{"Name": "network-interface.addresses.association.allocation-id", "Values": [address["AllocationId"]]}]
    assert ec2.describe_instances(Filters=filters)["Reservations"][0]["Instances"][0]["InstanceId"] == instance
    refused(ec2.release_address, "InvalidIPAddress.InUse", AllocationId=address["AllocationId"])
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=spare, PrivateIpAddresses=[secondary])
    ec2.release_address(AllocationId=address["AllocationId"])
    ec2.detach_network_interface(AttachmentId=attached["AttachmentId"])
    wait("network_interface_available", NetworkInterfaceIds=[spare])


def end(instance):
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    refused(ec2.terminate_instances, "OperationNotPermitted", InstanceIds=[instance])
    ec2.modify_instance_attribute(InstanceId=instance, Attribute="disableApiTermination", Value="false")
    ec2.terminate_instances(InstanceIds=[instance])
    wait("instance_terminated", InstanceIds=[instance])
    refused(ec2.start_instances, "IncorrectInstanceState", InstanceIds=[instance])


instance = launch()
refused(ec2.run_instances, "UnsupportedOperation", MinCount=1, MaxCount=1, HibernationOptions={"Configured": True})
stop_and_start(instance)
reboot(instance)
metadata(instance)
more_addresses(instance)
end(instance)
print("ok")
