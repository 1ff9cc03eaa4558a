"""TestDNSAnswer through boto3 says what dig gets, for names, types and clients, and query logging writes what was asked."""

import os
import subprocess
import time
from pathlib import Path

import boto3
from refusals import refused

route53 = boto3.client("route53")
host, port = os.environ["HEARTH_DNS"].rsplit(":", 1)
account = boto3.client("sts").get_caller_identity()["Account"]


def values(name, kind, *data, **more):
    records = [{"Value": value} for value in data]
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": records, **more}


def alias(zone, name, target, **more):
    target = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": True}
    return {"Name": name, "Type": "A", "AliasTarget": target, **more}


def dig(name, kind, subnet=None, *more):
    subnet = [f"+subnet={subnet}"] if subnet else []
    command = ["dig", f"@{host}", "-p", port, "+noall", "+comments", "+answer", *subnet, *more, name, kind]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    status = next(line.split("status: ")[1].split(",")[0] for line in lines if "status: " in line)
    records = [line.split(None, 4)[4] for line in lines if line and not line.startswith(";")]
    return status, sorted(records)


def asked(zone, name, kind, subnet=None):
    client = {}
    if subnet:
        address, mask = subnet.split("/")
        client = {"EDNS0ClientSubnetIP": address, "EDNS0ClientSubnetMask": mask}
    answer = route53.test_dns_answer(HostedZoneId=zone, RecordName=name, RecordType=kind, **client)
    assert answer["RecordType"] == kind and answer["Protocol"] == "UDP", answer
    return answer["ResponseCode"], sorted(answer["RecordData"])


created = route53.create_hosted_zone(Name="example.com", CallerReference="answers")
zone = created["HostedZone"]["Id"].rsplit("/", 1)[1]
clients = route53.create_cidr_collection(Name="clients", CallerReference="clients")["Collection"]["Id"]
blocks = [{"LocationName": "office", "Action": "PUT", "CidrList": ["203.0.113.0/24", "2001:db8::/32"]}]
route53.change_cidr_collection(Id=clients, Changes=blocks)


def at(location):
    return {"SetIdentifier": location, "CidrRoutingConfig": {"CollectionId": clients, "LocationName": location}}


sets = [
    values("www.example.com", "A", "192.0.2.1", "192.0.2.2"),
    values("www.example.com", "TXT", '"a b" "c"'),
    values("mail.example.com", "MX", "10 www.example.com", "20 mx.example.net"),
    values("chain.example.com", "CNAME", "place.example.com"),
    values("place.example.com", "A", "192.0.2.3", **at("office")),
    alias(zone, "place.example.com", "pair.example.com", **at("*")),
    values("pair.example.com", "A", "192.0.2.4", SetIdentifier="first", Failover="PRIMARY"),
    values("pair.example.com", "A", "192.0.2.5", SetIdentifier="second", Failover="SECONDARY"),
    values("heavy.example.com", "A", "192.0.2.6", SetIdentifier="all", Weight=7),
    values("heavy.example.com", "A", "192.0.2.7", SetIdentifier="none", Weight=0),
    values("many.example.com", "A", "192.0.2.8", SetIdentifier="a", MultiValueAnswer=True),
    values("many.example.com", "A", "192.0.2.9", SetIdentifier="b", MultiValueAnswer=True),
    values("*.wild.example.com", "AAAA", "2001:db8::1"),
    values("sub.example.com", "NS", "ns.example.net"),
]
batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": one} for one in sets]}
change = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]["Id"]
route53.get_waiter("resource_record_sets_changed").wait(Id=change, WaiterConfig={"Delay": 1, "MaxAttempts": 30})

names = ["www", "mail", "chain", "place", "pair", "heavy", "many", "x.wild", "wild", "x.sub", "nowhere"]
for subnet in (None, "203.0.113.0/24", "198.51.100.0/24", "2001:db8:5::/48"):
    for name in names:
        for kind in ("A", "AAAA", "MX", "TXT"):
            question = (f"{name}.example.com", kind, subnet)
            assert asked(zone, *question) == dig(*question), question

answer = route53.test_dns_answer(HostedZoneId=zone, RecordName="WWW.example.com", RecordType="A", ResolverIP="192.0.2.99")
assert answer["RecordName"] == "www.example.com." and answer["Nameserver"] == created["DelegationSet"]["NameServers"][0]
assert asked(zone, "www.example.net", "A") == ("REFUSED", [])
question = {"RecordName": "www.example.com", "RecordType": "A"}
refused(route53.test_dns_answer, "NoSuchHostedZone", HostedZoneId="Z0", **question)
refused(route53.test_dns_answer, "InvalidInput", HostedZoneId=zone, EDNS0ClientSubnetMask="24", **question)

group = f"arn:aws:logs:us-east-1:{account}:log-group:/aws/route53/example.com"
elsewhere = group.replace("us-east-1", "eu-west-1")
refused(route53.create_query_logging_config, "NoSuchCloudWatchLogsLogGroup", HostedZoneId=zone, CloudWatchLogsLogGroupArn=elsewhere)
logging = {"HostedZoneId": zone, "CloudWatchLogsLogGroupArn": group}
config = route53.create_query_logging_config(**logging)["QueryLoggingConfig"]
refused(route53.create_query_logging_config, "QueryLoggingConfigAlreadyExists", **logging)
assert route53.get_query_logging_config(Id=config["Id"])["QueryLoggingConfig"] == config
assert route53.list_query_logging_configs(HostedZoneId=zone)["QueryLoggingConfigs"] == [config]

stream = Path(os.environ["HEARTH_QUERY_LOGS"]) / "aws/route53/example.com" / zone / "dev.log"
deadline = time.monotonic() + 30
while not (stream.exists() and " www.example.com " in stream.read_text()):
    assert time.monotonic() < deadline, "nothing is logged"
    dig("www.example.com", "A", "203.0.113.0/24", "+notcp")
line = next(line for line in stream.read_text().splitlines() if " www.example.com " in line).split(" ")
assert line[0] == "1.0" and line[2:8] == [zone, "www.example.com", "A", "NOERROR", "UDP", "dev"], line
assert line[8:] == ["127.0.0.1", "203.0.113.0/24"], line

route53.delete_query_logging_config(Id=config["Id"])
refused(route53.get_query_logging_config, "NoSuchQueryLoggingConfig", Id=config["Id"])
print("ok")
