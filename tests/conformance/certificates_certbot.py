"""Certbot's plugin for Route 53: it proves three names, of a zone and of one below it, and tidies up after itself."""

import os
import subprocess
import types

import boto3
import josepy
from acme import challenges, messages
from certbot import achallenges
from certbot_dns_route53._internal.dns_route53 import Authenticator
from cryptography.hazmat.primitives.asymmetric import rsa

host, port = os.environ["HEARTH_DNS"].rsplit(":", 1)
route53 = boto3.client("route53")
account_key = josepy.JWKRSA(key=rsa.generate_private_key(public_exponent=65537, key_size=2048))


def challenge(name):
    """What a certificate authority asks of whoever wants a certificate for `name`."""
    asked = messages.ChallengeBody(
        chall=challenges.DNS01(token=os.urandom(32)), uri="https://authority.test/1", status=messages.STATUS_PENDING
    )
    identifier = messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name)
    return achallenges.KeyAuthorizationAnnotatedChallenge(challb=asked, identifier=identifier, account_key=account_key)


def dig(name):
    command = ["dig", f"@{host}", "-p", port, "+short", "+norecurse", name, "TXT"]
    return sorted(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def proofs(zone):
    found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {record["Name"]: record["TTL"] for record in found if record["Type"] == "TXT"}


zones = {
    name: route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"]
    for name in ("certbot.test", "shop.certbot.test")
}
# The second and the third are proved at one name, as `shop.certbot.test` and `*.shop.certbot.test` of one certificate are.
asked = [challenge(name) for name in ("www.certbot.test", "shop.certbot.test", "shop.certbot.test")]
expected = {}
for each in asked:
    expected.setdefault(each.validation_domain_name(each.identifier.value), []).append(f'"{each.validation(account_key)}"')

certbot = Authenticator(types.SimpleNamespace(), "dns-route53")
assert len(certbot.perform(asked)) == len(asked)
for name, values in expected.items():
    assert dig(name) == sorted(values), (name, dig(name), values)
assert proofs(zones["certbot.test"]) == {"_acme-challenge.www.certbot.test.": Authenticator.ttl}
assert proofs(zones["shop.certbot.test"]) == {"_acme-challenge.shop.certbot.test.": Authenticator.ttl}

certbot.cleanup(asked)
for name, zone in zones.items():
    assert proofs(zone) == {}, name
    gone = route53.delete_hosted_zone(Id=zone)
route53.get_waiter("resource_record_sets_changed").wait(Id=gone["ChangeInfo"]["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
assert not any(dig(name) for name in expected)
print("ok")
