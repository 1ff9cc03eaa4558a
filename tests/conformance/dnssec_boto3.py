"""A zone signed with a KMS key through boto3, judged by BIND's validator: only the DS record that Route 53 gives is trusted."""

import os
import subprocess
from pathlib import Path

import boto3
from refusals import refused
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

kms = boto3.client("kms", region_name="us-east-1")
route53 = boto3.client("route53")
HOST, PORT = os.environ["HEARTH_DNS"].rsplit(":", 1)
ANCHORS = Path(os.environ["HEARTH_SCRATCH"]) / "anchors"
ZONE = "example.com."


def served(answer):
    route53.get_waiter("resource_record_sets_changed").wait(
        Id=answer["ChangeInfo"]["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def asked(name, kind):
    """What BIND's validator says of an answer: its records and its verdicts."""
    command = ["delv", f"@{HOST}", "-p", PORT, "-a", str(ANCHORS), f"+root={ZONE}", name, kind]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return told.stdout + told.stderr


def validated(name, kind, *expected):
    told = asked(name, kind)
    assert "; fully validated" in told, told
    for value in expected:
        assert value in told, (value, told)


def denied(name, kind):
    told = asked(name, kind)
    assert "; negative response, fully validated" in told, told


def trust(ds_record):
    tag, algorithm, digest_type, digest = ds_record.split()
    ANCHORS.write_text(f'trust-anchors {{ {ZONE} static-ds {tag} {algorithm} {digest_type} "{digest}"; }};\n')


def key_of_kms():
    refused(kms.create_key, "UnsupportedOperationException")
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Description="signs keys")["KeyMetadata"]
    assert made["KeyState"] == "Enabled" and made["SigningAlgorithms"] == ["ECDSA_SHA_256"], made
    assert kms.describe_key(KeyId=made["Arn"])["KeyMetadata"]["KeyId"] == made["KeyId"]
    assert made["KeyId"] in [key["KeyId"] for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]]
    how = {"KeyId": made["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256", "Message": b"a message"}
    signature = kms.sign(**how)["Signature"]
    assert kms.verify(**how, Signature=signature)["SignatureValid"]
    refused(kms.verify, "KMSInvalidSignatureException", **{**how, "Message": b"another"}, Signature=signature)
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=made["KeyId"])["PublicKey"])
    public.verify(signature, b"a message", ec.ECDSA(hashes.SHA256()))
    return made["Arn"]


def records():
    def one(name, kind, *values, **more):
        values = [{"Value": value} for value in values]
        return {"Name": name + ZONE, "Type": kind, "TTL": 60, "ResourceRecords": values, **more}

    return [
        one("www.", "A", "192.0.2.1", "192.0.2.2"),
        one("alias.", "CNAME", "www.example.com"),
        one("*.wild.", "TXT", '"anything"'),
        one("mail.", "MX", "10 Mail.Example.COM", "20 other.example.net"),
        one("weighted.", "A", "192.0.2.11", SetIdentifier="one", Weight=1),
        one("weighted.", "A", "192.0.2.12", SetIdentifier="two", Weight=1),
        one("a.b.", "AAAA", "2001:db8::1"),
        one("sub.", "NS", "ns.example.net"),
    ]


def signed(zone, arn):
    refused(route53.enable_hosted_zone_dnssec, "KeySigningKeyWithActiveStatusNotFound", HostedZoneId=zone)
    key = {"HostedZoneId": zone, "KeyManagementServiceArn": arn, "Status": "INACTIVE"}
    refused(route53.create_key_signing_key, "InvalidKeySigningKeyName", CallerReference="0", **key, Name="a-b-c")
    elsewhere = {**key, "KeyManagementServiceArn": arn[:-1] + "x"}
    refused(route53.create_key_signing_key, "InvalidKMSArn", CallerReference="0", **elsewhere, Name="first")
    made = route53.create_key_signing_key(CallerReference="1", **key, Name="first")
    assert made["KeySigningKey"]["Status"] == "INACTIVE" and made["KeySigningKey"]["Flag"] == 257, made
    refused(route53.create_key_signing_key, "KeySigningKeyAlreadyExists", CallerReference="2", **key, Name="other")
    route53.activate_key_signing_key(HostedZoneId=zone, Name="first")
    served(route53.enable_hosted_zone_dnssec(HostedZoneId=zone))
    found = route53.get_dnssec(HostedZoneId=zone)
    assert found["Status"]["ServeSignature"] == "SIGNING", found
    trust(found["KeySigningKeys"][0]["DSRecord"])
    refused(route53.deactivate_key_signing_key, "KeySigningKeyInUse", HostedZoneId=zone, Name="first")
    refused(route53.delete_hosted_zone, "HostedZoneNotEmpty", Id=zone)


def answered():
    validated("www.example.com", "A", "192.0.2.1", "192.0.2.2")
    validated("alias.example.com", "A", "192.0.2.1", "www.example.com.")
    validated("x.y.wild.example.com", "TXT", "anything")
    validated("mail.example.com", "MX", "other.example.net.")
    validated("example.com", "SOA")
    validated("example.com", "DNSKEY", "257 3 13", "256 3 13")
    chosen = set()
    while len(chosen) < 2:
        told = asked("weighted.example.com", "A")
        assert "; fully validated" in told, told
        chosen |= {address for address in ("192.0.2.11", "192.0.2.12") if address in told}
    denied("nobody.example.com", "A")
    denied("x.nobody.example.com", "MX")
    denied("www.example.com", "AAAA")
    denied("b.example.com", "A")
    denied("sub.example.com", "DS")


def replaced(zone, first):
    """A second key takes over, and the first one is no longer trusted with anything."""
    arn = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    key = {"HostedZoneId": zone, "KeyManagementServiceArn": arn, "Status": "ACTIVE", "CallerReference": "3"}
    second = route53.create_key_signing_key(**key, Name="second")
    served(second)
    validated("www.example.com", "A")
    served(route53.deactivate_key_signing_key(HostedZoneId=zone, Name="first"))
    assert "fully validated" not in asked("www.example.com", "A"), "the old anchor fits no key"
    trust(second["KeySigningKey"]["DSRecord"])
    validated("www.example.com", "A")
    route53.delete_key_signing_key(HostedZoneId=zone, Name="first")
    kms.schedule_key_deletion(KeyId=first, PendingWindowInDays=7)
    kms.disable_key(KeyId=arn)
    assert route53.get_dnssec(HostedZoneId=zone)["Status"]["ServeSignature"] == "ACTION_NEEDED"
    validated("www.example.com", "A")
    kms.enable_key(KeyId=arn)
    assert route53.get_dnssec(HostedZoneId=zone)["Status"]["ServeSignature"] == "SIGNING"


def unsigned(zone):
    served(route53.disable_hosted_zone_dnssec(HostedZoneId=zone))
    refused(route53.disable_hosted_zone_dnssec, "DNSSECNotFound", HostedZoneId=zone)
    assert route53.get_dnssec(HostedZoneId=zone)["Status"]["ServeSignature"] == "NOT_SIGNING"
    assert "fully validated" not in asked("www.example.com", "A")


def main():
    zone = route53.create_hosted_zone(Name=ZONE, CallerReference="zone")["HostedZone"]["Id"].rsplit("/", 1)[1]
    assert route53.get_dnssec(HostedZoneId=zone).get("KeySigningKeys") == []
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records()]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    arn = key_of_kms()
    signed(zone, arn)
    answered()
    replaced(zone, arn)
    unsigned(zone)


main()
print("ok")
