"""Route 53's routing through boto3: a traffic tree of aliases and groups, CIDR collections, traffic policies, delegation sets."""

import json

import boto3
from refusals import refused

route53 = boto3.client("route53")


def change(zone, *changes):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record_set} for action, record_set in changes]}
    answer = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    assert answer["ChangeInfo"]["Status"] == "PENDING", answer
    route53.get_waiter("resource_record_sets_changed").wait(
        Id=answer["ChangeInfo"]["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def sets(zone):
    pages = route53.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=zone, PaginationConfig={"PageSize": 3}
    )
    return [found for page in pages for found in page["ResourceRecordSets"] if found["Type"] not in ("NS", "SOA")]


def values(name, address, **more):
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}], **more}


def alias(zone, name, target, **more):
    target = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": True}
    return {"Name": name, "Type": "A", "AliasTarget": target, **more}


def tree(zone, check):
    """What octoDNS makes: a geolocation group over failover pairs over weighted pools."""
    pool, pair, name = "pool.example.com.", "pair.example.com.", "www.example.com."
    return [
        values(pool, "192.0.2.1", SetIdentifier="one", Weight=3, HealthCheckId=check),
        values(pool, "192.0.2.2", SetIdentifier="two", Weight=1, HealthCheckId=check),
        values("default.example.com.", "192.0.2.3"),
        alias(zone, pair, pool, SetIdentifier="first", Failover="PRIMARY"),
        alias(zone, pair, "default.example.com.", SetIdentifier="second", Failover="SECONDARY"),
        alias(zone, name, pair, SetIdentifier="europe", GeoLocation={"ContinentCode": "EU"}),
        alias(zone, name, pair, SetIdentifier="california", GeoLocation={"CountryCode": "US", "SubdivisionCode": "CA"}),
        alias(zone, name, "default.example.com.", SetIdentifier="rest", GeoLocation={"CountryCode": "*"}),
    ]


def ordered(found):
    return sorted(found, key=lambda one: (one["Name"], one.get("SetIdentifier", "")))


def taken_through_a_tree(zone):
    config = {"Type": "TCP", "IPAddress": "127.0.0.1", "Port": 9}
    check = route53.create_health_check(CallerReference="tree", HealthCheckConfig=config)["HealthCheck"]["Id"]
    made = tree(zone, check)
    change(zone, *(("CREATE", one) for one in made))
    assert ordered(sets(zone)) == ordered(made), sets(zone)
    heavier = {**made[0], "Weight": 9}
    change(zone, ("UPSERT", heavier))
    made[0] = heavier
    assert ordered(sets(zone)) == ordered(made)
    orphan = alias(zone, "x.example.com.", "none.example.com.")
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": orphan}]}
    told = refused(route53.change_resource_record_sets, "InvalidChangeBatch", HostedZoneId=zone, ChangeBatch=batch)
    expected = f"[Tried to create an alias that targets none.example.com., type A in zone {zone}, but that target was not found]"
    assert told == expected, told
    change(zone, *(("DELETE", one) for one in made))
    assert sets(zone) == []
    route53.delete_health_check(HealthCheckId=check)
    refused(route53.create_health_check, "HealthCheckAlreadyExists", CallerReference="tree", HealthCheckConfig=config)


def taken_through_other_policies(zone):
    collection = route53.create_cidr_collection(Name="offices", CallerReference="one")["Collection"]
    put = {"LocationName": "berlin", "Action": "PUT", "CidrList": ["192.0.2.0/24", "2001:db8::/48"]}
    changed = route53.change_cidr_collection(Id=collection["Id"], CollectionVersion=1, Changes=[put])["Id"]
    assert route53.get_change(Id=changed)["ChangeInfo"]["Id"] == changed
    listed = route53.get_paginator("list_cidr_blocks").paginate(CollectionId=collection["Id"])
    blocks = [block["CidrBlock"] for page in listed for block in page["CidrBlocks"]]
    assert blocks == ["192.0.2.0/24", "2001:db8::/48"], blocks
    routing = {"CollectionId": collection["Id"], "LocationName": "berlin"}
    point = {"Coordinates": {"Latitude": "52.52", "Longitude": "13.40"}, "Bias": 25}
    made = [
        values("cidr.example.com.", "192.0.2.1", SetIdentifier="berlin", CidrRoutingConfig=routing),
        values("latency.example.com.", "192.0.2.1", SetIdentifier="eu", Region="eu-central-1"),
        values("multi.example.com.", "192.0.2.1", SetIdentifier="one", MultiValueAnswer=True),
        values("near.example.com.", "192.0.2.1", SetIdentifier="berlin", GeoProximityLocation=point),
    ]
    change(zone, *(("CREATE", one) for one in made))
    assert sets(zone) == made, sets(zone)
    take = {**put, "Action": "DELETE_IF_EXISTS"}
    refused(route53.change_cidr_collection, "CidrCollectionVersionMismatchException", Id=collection["Id"], CollectionVersion=1, Changes=[take])
    route53.change_cidr_collection(Id=collection["Id"], CollectionVersion=2, Changes=[take])
    refused(route53.delete_cidr_collection, "CidrCollectionInUseException", Id=collection["Id"])
    change(zone, *(("DELETE", one) for one in made))
    route53.delete_cidr_collection(Id=collection["Id"])


def document(first):
    rules = {
        "places": {
            "RuleType": "geo",
            "Locations": [
                {"Continent": "EU", "RuleReference": "pool", "EvaluateTargetHealth": True},
                {"IsDefault": "true", "EndpointReference": "far"},
            ],
        },
        "pool": {
            "RuleType": "weighted",
            "Items": [{"Weight": "1", "EndpointReference": "near"}, {"Weight": 0, "EndpointReference": "far"}],
        },
    }
    endpoints = {"near": {"Type": "value", "Value": first}, "far": {"Type": "value", "Value": "192.0.2.2"}}
    whole = {"AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartRule": "places"}
    return json.dumps({**whole, "Endpoints": endpoints, "Rules": rules})


def taken_through_a_traffic_policy(zone):
    policy = route53.create_traffic_policy(Name="site", Document=document("192.0.2.1"))["TrafficPolicy"]
    chosen = {"TrafficPolicyId": policy["Id"], "TrafficPolicyVersion": 1}
    made = route53.create_traffic_policy_instance(HostedZoneId=zone, Name="site.example.com", TTL=30, **chosen)
    instance = made["TrafficPolicyInstance"]["Id"]
    root = {"Name": "site.example.com.", "Type": "A", "TrafficPolicyInstanceId": instance}
    assert [{**found, "ResourceRecords": None} for found in sets(zone)] == [{**root, "ResourceRecords": None}], sets(zone)
    second = route53.create_traffic_policy_version(Id=policy["Id"], Document=document("192.0.2.9"))
    assert second["TrafficPolicy"]["Version"] == 2
    route53.update_traffic_policy_instance(Id=instance, TTL=60, TrafficPolicyId=policy["Id"], TrafficPolicyVersion=2)
    found = route53.list_traffic_policy_instances_by_policy(TrafficPolicyId=policy["Id"], TrafficPolicyVersion=2)
    assert [one["Id"] for one in found["TrafficPolicyInstances"]] == [instance]
    refused(route53.delete_traffic_policy, "TrafficPolicyInUse", Id=policy["Id"], Version=2)
    route53.delete_traffic_policy_instance(Id=instance)
    for version in (1, 2):
        route53.delete_traffic_policy(Id=policy["Id"], Version=version)
    assert sets(zone) == []
    assert route53.list_traffic_policies()["TrafficPolicySummaries"] == []
    refused(route53.create_traffic_policy, "InvalidTrafficPolicyDocument", Name="site", Document="{}")


def taken_through_the_rest():
    delegation = route53.create_reusable_delegation_set(CallerReference="one")["DelegationSet"]
    zone = route53.create_hosted_zone(Name="white.test", CallerReference="white", DelegationSetId=delegation["Id"])
    assert zone["DelegationSet"]["NameServers"] == delegation["NameServers"]
    refused(route53.delete_reusable_delegation_set, "DelegationSetInUse", Id=delegation["Id"])
    route53.delete_hosted_zone(Id=zone["HostedZone"]["Id"])
    refused(route53.create_hosted_zone, "HostedZoneAlreadyExists", Name="white.test", CallerReference="white")
    route53.delete_reusable_delegation_set(Id=delegation["Id"])
    places, start = [], {}
    while True:
        page = route53.list_geo_locations(MaxItems="50", **start)
        places += page["GeoLocationDetailsList"]
        if not page["IsTruncated"]:
            break
        names = ("ContinentCode", "CountryCode", "SubdivisionCode")
        start = {f"Start{name}": page[f"Next{name}"] for name in names if f"Next{name}" in page}
    assert {"CountryCode": "US", "CountryName": "United States", "SubdivisionCode": "CA", "SubdivisionName": "California"} in places
    assert route53.get_account_limit(Type="MAX_HOSTED_ZONES_BY_OWNER")["Limit"]["Value"] == 500
    assert all("/" in network for network in route53.get_checker_ip_ranges()["CheckerIpRanges"])


zone = route53.create_hosted_zone(Name="example.com", CallerReference="routing")["HostedZone"]["Id"].rsplit("/", 1)[1]
taken_through_a_tree(zone)
taken_through_other_policies(zone)
taken_through_a_traffic_policy(zone)
taken_through_the_rest()
tags = route53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone])["ResourceTagSets"]
assert [found["ResourceId"] for found in tags] == [zone], tags
route53.delete_hosted_zone(Id=zone)
print("ok")
