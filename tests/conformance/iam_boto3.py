"""People, programs and roles of an account through boto3: made, listed a page at a time, changed, taken away in AWS's order."""

import json

import boto3
from botocore.exceptions import ClientError
from refusals import refused

iam = boto3.client("iam")
ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


LOOK = document(Action="ec2:Describe*", Resource="*")
RUN = document(Action=["ec2:RunInstances", "ec2:Describe*"], Resource="*")
FOR_EC2 = document(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})


def paged(action, items, **arguments):
    pages = iam.get_paginator(action).paginate(PaginationConfig={"PageSize": 2}, **arguments)
    return [item for page in pages for item in page[items]]


def people():
    """A user with a key and policies of every kind, in a group."""
    for name in ("alice", "Bob", "carol"):
        user = iam.create_user(UserName=name, Path="/people/", Tags=[{"Key": "team", "Value": "web"}])["User"]
        assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/people/{name}", user
        assert user["UserId"].startswith("AIDA") and user["Tags"][0]["Key"] == "team", user
    refused(iam.create_user, "EntityAlreadyExists", UserName="ALICE")
    iam.get_waiter("user_exists").wait(UserName="alice")
    assert [user["UserName"] for user in paged("list_users", "Users", PathPrefix="/people/")] == ["alice", "Bob", "carol"]
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    assert key["AccessKeyId"].startswith("AKIA") and len(key["SecretAccessKey"]) == 40
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert (used["UserName"], used["AccessKeyLastUsed"]) == ("alice", {"ServiceName": "N/A", "Region": "N/A"}), used
    refused(iam.get_access_key_last_used, "AccessDenied", AccessKeyId="AKIA0000000000000000")
    iam.update_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert paged("list_access_keys", "AccessKeyMetadata", UserName="alice")[0]["Status"] == "Inactive"
    iam.create_group(GroupName="ops")
    for name in ("alice", "bob"):
        iam.add_user_to_group(GroupName="ops", UserName=name)
    assert [user["UserName"] for user in paged("get_group", "Users", GroupName="ops")] == ["alice", "Bob"]
    return key["AccessKeyId"]


def simulations():
    """What alice may by her group, asked of the simulator."""
    alice = f"arn:aws:iam::{ACCOUNT}:user/people/alice"
    answers = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=alice,
        ActionNames=["ec2:DescribeInstances", "route53:GetHostedZone", "iam:CreateUser"],
        PaginationConfig={"PageSize": 2},
    )
    decisions = [result["EvalDecision"] for page in answers for result in page["EvaluationResults"]]
    assert decisions == ["allowed", "allowed", "implicitDeny"], decisions
    near = document(Action="s3:GetObject", Resource="*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[near])["ContextKeyNames"] == ["aws:SourceIp"]
    source = {"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip", "ContextKeyValues": ["10.0.0.7"]}
    for entries, decision, missing in (([], "implicitDeny", ["aws:SourceIp"]), ([source], "allowed", [])):
        answer = iam.simulate_custom_policy(PolicyInputList=[near], ActionNames=["s3:GetObject"], ContextEntries=entries)
        (result,) = answer["EvaluationResults"]
        assert (result["EvalDecision"], result["MissingContextValues"]) == (decision, missing), result
        for matched in result["MatchedStatements"]:
            assert matched["StartPosition"]["Line"] == 1 and matched["EndPosition"]["Column"] == len(near) - 1, matched
    refused(iam.simulate_principal_policy, "NoSuchEntity", PolicySourceArn=alice + "x", ActionNames=["ec2:RunInstances"])


def policies():
    """A managed policy that changes, and an inline one, as boto3 reads them."""
    arn = iam.create_policy(PolicyName="look", PolicyDocument=LOOK, Description="sees")["Policy"]["Arn"]
    iam.get_waiter("policy_exists").wait(PolicyArn=arn)
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    iam.attach_group_policy(GroupName="ops", PolicyArn="arn:aws:iam::aws:policy/AmazonRoute53ReadOnlyAccess")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=LOOK)
    assert iam.get_user_policy(UserName="alice", PolicyName="own")["PolicyDocument"] == json.loads(LOOK)
    assert paged("list_attached_user_policies", "AttachedPolicies", UserName="alice") == [{"PolicyName": "look", "PolicyArn": arn}]
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=RUN, SetAsDefault=True)["PolicyVersion"]["VersionId"]
    shown = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    assert (version, shown["Document"], shown["IsDefaultVersion"]) == ("v2", json.loads(RUN), True), shown
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert [policy["PolicyName"] for policy in paged("list_policies", "Policies", Scope="Local")] == ["look"]
    assert len(paged("list_policies", "Policies", OnlyAttached=True)) == 2
    users = paged("list_entities_for_policy", "PolicyUsers", PolicyArn=arn)
    assert [user["UserName"] for user in users] == ["alice"]
    refused(iam.create_policy, "MalformedPolicyDocument", PolicyName="none", PolicyDocument="{}")
    refused(iam.delete_policy, "DeleteConflict", PolicyArn=arn)
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["PolicyVersionsInUse"], summary["UsersQuota"]) == (3, 2, 5000), summary
    return arn


def roles(arn):
    """A role with a boundary, in an instance profile."""
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=FOR_EC2, PermissionsBoundary=arn)["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(FOR_EC2) and role["RoleId"].startswith("AROA"), role
    iam.get_waiter("role_exists").wait(RoleName="web")
    iam.update_role(RoleName="web", Description="serves", MaxSessionDuration=7200)
    iam.tag_role(RoleName="web", Tags=[{"Key": "tier", "Value": "front"}])
    shown = iam.get_role(RoleName="web")["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"], shown["Tags"]) == ("serves", 7200, iam.list_role_tags(RoleName="web")["Tags"])
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn, shown
    assert shown["RoleLastUsed"] == {} and "RoleLastUsed" not in paged("list_roles", "Roles")[0], shown
    iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=LOOK)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    profile = paged("list_instance_profiles_for_role", "InstanceProfiles", RoleName="web")[0]
    assert profile["Roles"][0]["Arn"] == shown["Arn"], profile
    assert "must remove roles" in refused(iam.delete_instance_profile, "DeleteConflict", InstanceProfileName="web")


def federation():
    """A provider of identities; boto3 signs nothing that it sends with a token."""
    arn = iam.create_open_id_connect_provider(
        Url="https://forge.example.com/lab", ClientIDList=["hearth"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:oidc-provider/forge.example.com/lab", arn
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="other")
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (shown["Url"], shown["ClientIDList"]) == ("forge.example.com/lab", ["hearth", "other"]), shown
    assert [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]] == [arn]
    role = f"arn:aws:iam::{ACCOUNT}:role/web"
    try:
        boto3.client("sts").assume_role_with_web_identity(RoleArn=role, RoleSessionName="xy", WebIdentityToken="a.b.c")
        raise AssertionError("a token that is none was taken")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidIdentityToken", error
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    refused(iam.get_open_id_connect_provider, "NoSuchEntity", OpenIDConnectProviderArn=arn)


def take_down(arn, key):
    """Nothing goes before what it holds."""
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    iam.delete_instance_profile(InstanceProfileName="web")
    assert "must delete policies" in refused(iam.delete_role, "DeleteConflict", RoleName="web")
    iam.delete_role_policy(RoleName="web", PolicyName="own")
    iam.delete_role_permissions_boundary(RoleName="web")
    iam.delete_role(RoleName="web")
    iam.update_user(UserName="alice", NewUserName="eve")
    assert iam.list_groups_for_user(UserName="eve")["Groups"][0]["GroupName"] == "ops"
    iam.detach_user_policy(UserName="eve", PolicyArn=arn)
    iam.delete_user_policy(UserName="eve", PolicyName="own")
    for name in ("eve", "bob"):
        iam.remove_user_from_group(GroupName="ops", UserName=name)
    assert "must delete access keys" in refused(iam.delete_user, "DeleteConflict", UserName="eve")
    iam.delete_access_key(UserName="eve", AccessKeyId=key)
    refused(iam.get_access_key_last_used, "AccessDenied", AccessKeyId=key)
    for name in ("eve", "bob", "carol"):
        iam.delete_user(UserName=name)
    iam.detach_group_policy(GroupName="ops", PolicyArn="arn:aws:iam::aws:policy/AmazonRoute53ReadOnlyAccess")
    iam.delete_group(GroupName="ops")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    left = [paged(f"list_{kind}", items) for kind, items in (("users", "Users"), ("groups", "Groups"), ("roles", "Roles"))]
    assert left == [[], [], []] and not paged("list_policies", "Policies", Scope="Local"), left
    refused(iam.get_user, "NoSuchEntity", UserName="eve")


key = people()
arn = policies()
simulations()
roles(arn)
federation()
take_down(arn, key)
print("ok")
