"""octoDNS with its provider for Route 53: a zone with pools by place, weight and failover, synced until nothing is left to do."""

import os
import pathlib

import boto3
import yaml
from octodns.manager import Manager

folder = pathlib.Path(os.environ["HEARTH_SCRATCH"]) / "octodns"
zones = folder / "zones"
zones.mkdir(parents=True)

PROVIDERS = {
    "files": {"class": "octodns.provider.yaml.YamlProvider", "directory": str(zones), "enforce_order": False},
    "hearth": {
        "class": "octodns_route53.Route53Provider",
        "access_key_id": "env/AWS_ACCESS_KEY_ID",
        "secret_access_key": "env/AWS_SECRET_ACCESS_KEY",
    },
}
HEALTH = {
    "healthcheck": {"host": "www.octo.test", "path": "/health", "port": 80, "protocol": "HTTP"},
    "route53": {"healthcheck": {"measure_latency": False}},
}


def pooled(first_weight):
    pools = {
        "near": {
            "fallback": "far",
            "values": [{"value": "192.0.2.1", "weight": first_weight}, {"value": "192.0.2.2", "weight": 1}],
        },
        "far": {"values": [{"value": "192.0.2.3"}]},
    }
    rules = [{"geos": ["EU", "NA-US-CA", "AS-JP"], "pool": "near"}, {"pool": "far"}]
    return {
        "type": "A",
        "ttl": 60,
        "values": ["192.0.2.9"],
        "dynamic": {"pools": pools, "rules": rules},
        "octodns": HEALTH,
    }


def declare(records):
    (folder / "config.yaml").write_text(
        yaml.safe_dump({"providers": PROVIDERS, "zones": {"octo.test.": {"sources": ["files"], "targets": ["hearth"]}}})
    )
    (zones / "octo.test.yaml").write_text(yaml.safe_dump(records))


def sync():
    """How many changes were made. A dry run would say none whatever it plans."""
    return Manager(str(folder / "config.yaml")).sync(dry_run=False, force=True)


def settled(records):
    declare(records)
    assert sync() > 0
    left = sync()
    assert left == 0, f"{left} changes were left"


plain = {
    "": [
        {"type": "MX", "ttl": 300, "values": [{"preference": 10, "exchange": "mail.octo.test."}]},
        {"type": "CAA", "ttl": 300, "values": [{"flags": 0, "tag": "issue", "value": "ca.example"}]},
    ],
    "mail": {"type": "A", "ttl": 300, "values": ["192.0.2.20", "192.0.2.21"]},
    "text": {"type": "TXT", "ttl": 300, "values": ["v=spf1 -all", "x" * 300]},
    "*": {"type": "CNAME", "ttl": 300, "value": "www.octo.test."},
    "_sip._tcp": {"type": "SRV", "ttl": 300, "values": [{"priority": 1, "weight": 2, "port": 5060, "target": "mail.octo.test."}]},
}
settled({**plain, "www": pooled(first_weight=3)})
route53 = boto3.client("route53")
zone = route53.list_hosted_zones_by_name(DNSName="octo.test")["HostedZones"][0]["Id"]
found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
kinds = [any("GeoLocation" in one for one in found), any("Failover" in one for one in found), any("Weight" in one for one in found)]
assert all(kinds) and any("AliasTarget" in one for one in found), found
settled({**plain, "www": pooled(first_weight=9)})
settled(plain)
assert route53.list_health_checks()["HealthChecks"] == [], "octoDNS leaves no health check behind"
print("ok")
