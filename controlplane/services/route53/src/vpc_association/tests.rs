use crate::tests::{World, bare};
use serde_json::{Value, json};

const OTHER: &str = "210987654321";

/// A private zone in a VPC, and the zone's id.
fn private(world: &mut World, name: &str, reference: &str, vpc: &Value) -> String {
    let answer = create(world, name, reference, vpc).unwrap();
    bare(&answer["HostedZone"]["Id"])
}

fn create(
    world: &mut World,
    name: &str,
    reference: &str,
    vpc: &Value,
) -> Result<Value, controlplane_services_kernel::ServiceError> {
    world.call("CreateHostedZone", json!({"Name": name, "CallerReference": reference, "VPC": vpc}))
}

fn of(zone: &str, vpc: &Value) -> Value {
    json!({"HostedZoneId": zone, "VPC": vpc})
}

#[test]
fn a_zone_is_private_from_the_start() {
    let mut world = World::new();
    let (one, two) = (world.vpc("vpc-1", "us-east-1"), world.vpc("vpc-2", "eu-west-1"));
    let answer = create(&mut world, "example.com", "r", &one).unwrap();
    assert_eq!(answer["VPC"], one);
    assert_eq!(answer["HostedZone"]["Config"]["PrivateZone"], true);
    let zone = bare(&answer["HostedZone"]["Id"]);
    world.ok("AssociateVPCWithHostedZone", of(&zone, &two));
    let shown = world.ok("GetHostedZone", json!({"Id": zone}));
    assert_eq!(shown["VPCs"], json!([one, two]), "across regions");
    assert_eq!(shown["DelegationSet"], Value::Null);
    let public = world.zone("example.com");
    assert_eq!(world.ok("GetHostedZone", json!({"Id": public}))["VPCs"], Value::Null);
    assert_eq!(world.fails("AssociateVPCWithHostedZone", of(&public, &one)), "PublicZoneVPCAssociation");
    let only = world.ok("ListHostedZones", json!({"HostedZoneType": "PrivateHostedZone"}));
    assert_eq!(only["HostedZones"].as_array().unwrap().len(), 1);
}

#[test]
fn every_private_zone_names_the_same_servers() {
    let mut world = World::new();
    let (one, two) = (world.vpc("vpc-1", "us-east-1"), world.vpc("vpc-2", "us-east-1"));
    let servers = [
        "ns-0.awsdns-00.com.",
        "ns-512.awsdns-00.net.",
        "ns-1024.awsdns-00.org.",
        "ns-1536.awsdns-00.co.uk.",
    ];
    for (name, reference, vpc) in [("a.test", "1", &one), ("a.test", "2", &two), ("b.a.test", "3", &one)] {
        let zone = private(&mut world, name, reference, vpc);
        let sets = world.sets(&zone);
        let ns = sets.iter().find(|set| set["Type"] == "NS").unwrap();
        let values = ns["ResourceRecords"].as_array().unwrap();
        let values: Vec<&str> = values.iter().map(|value| value["Value"].as_str().unwrap()).collect();
        assert_eq!(values, servers);
    }
    let public = world.zone("a.test");
    let shown = world.ok("GetHostedZone", json!({"Id": public}));
    let drawn = shown["DelegationSet"]["NameServers"].as_array().unwrap().clone();
    assert!(drawn.iter().all(|server| !servers.contains(&format!("{}.", server.as_str().unwrap()).as_str())));
}

#[test]
fn what_cannot_be_private() {
    let mut world = World::new();
    let vpc = world.vpc("vpc-1", "us-east-1");
    let set = world.ok("CreateReusableDelegationSet", json!({"CallerReference": "s"}));
    let set = set["DelegationSet"]["Id"].clone();
    for (more, code) in [
        (json!({"VPC": vpc, "DelegationSetId": set}), "InvalidInput"),
        (json!({"HostedZoneConfig": {"PrivateZone": true}}), "InvalidInput"),
        (json!({"VPC": vpc, "HostedZoneConfig": {"PrivateZone": false}}), "InvalidInput"),
        (json!({"VPC": {"VPCId": "vpc-1"}}), "InvalidInput"),
        (json!({"VPC": {"VPCRegion": "us-east-1"}}), "InvalidInput"),
        (json!({"VPC": {"VPCId": "vpc-1", "VPCRegion": "eu-west-1"}}), "InvalidVPCId"),
        (json!({"VPC": {"VPCId": "vpc-9", "VPCRegion": "us-east-1"}}), "InvalidVPCId"),
    ] {
        let mut input = json!({"Name": "example.com", "CallerReference": "r"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.fails("CreateHostedZone", input.clone()), code, "{input}");
    }
    let zone = private(&mut world, "example.com", "r", &vpc);
    assert_eq!(world.fails("GetDNSSEC", json!({"HostedZoneId": zone})), "InvalidArgument");
    let adopt = json!({"CallerReference": "t", "HostedZoneId": zone});
    assert_eq!(world.fails("CreateReusableDelegationSet", adopt), "InvalidInput");
}

#[test]
fn a_vpc_has_one_zone_of_a_name() {
    let mut world = World::new();
    let (one, two) = (world.vpc("vpc-1", "us-east-1"), world.vpc("vpc-2", "us-east-1"));
    let zone = private(&mut world, "example.com", "1", &one);
    assert_eq!(create(&mut world, "example.com", "2", &one).unwrap_err().code, "ConflictingDomainExists");
    let twin = private(&mut world, "example.com", "3", &two);
    for (zone, vpc) in [(&zone, &one), (&zone, &two), (&twin, &one)] {
        assert_eq!(world.fails("AssociateVPCWithHostedZone", of(zone, vpc)), "ConflictingDomainExists");
    }
    for relative in ["sub.example.com", "example.org"] {
        private(&mut world, relative, relative, &one);
    }
    world.ok("DeleteHostedZone", json!({"Id": zone}));
    world.ok("AssociateVPCWithHostedZone", of(&twin, &one));
}

#[test]
fn the_last_vpc_stays() {
    let mut world = World::new();
    let (one, two) = (world.vpc("vpc-1", "us-east-1"), world.vpc("vpc-2", "us-east-1"));
    let zone = private(&mut world, "example.com", "r", &one);
    assert_eq!(world.fails("DisassociateVPCFromHostedZone", of(&zone, &one)), "LastVPCAssociation");
    assert_eq!(world.fails("DisassociateVPCFromHostedZone", of(&zone, &two)), "VPCAssociationNotFound");
    world.ok("AssociateVPCWithHostedZone", of(&zone, &two));
    world.ok("DisassociateVPCFromHostedZone", of(&zone, &one));
    assert_eq!(world.ok("GetHostedZone", json!({"Id": zone}))["VPCs"], json!([two]));
    assert_eq!(world.fails("DisassociateVPCFromHostedZone", of(&zone, &two)), "LastVPCAssociation");
    assert_eq!(world.fails("DisassociateVPCFromHostedZone", of("Z1", &two)), "NoSuchHostedZone");
}

#[test]
fn two_accounts_have_to_agree() {
    let mut world = World::new();
    let own = world.vpc("vpc-1", "us-east-1");
    let zone = private(&mut world, "example.com", "r", &own);
    let public = world.zone("public.test");
    world.become_account(OTHER);
    let theirs = world.vpc("vpc-2", "us-east-1");
    assert_eq!(world.fails("AssociateVPCWithHostedZone", of(&zone, &theirs)), "NotAuthorizedException");
    assert_eq!(world.fails("AssociateVPCWithHostedZone", of("Z1", &theirs)), "NoSuchHostedZone");
    assert_eq!(world.fails("AssociateVPCWithHostedZone", of(&zone, &own)), "NotAuthorizedException");
    world.become_account("123456789012");
    assert_eq!(world.fails("AssociateVPCWithHostedZone", of(&zone, &theirs)), "NotAuthorizedException");
    assert_eq!(world.fails("CreateVPCAssociationAuthorization", of(&public, &theirs)), "InvalidInput");
    for _ in 0..2 {
        let answer = world.ok("CreateVPCAssociationAuthorization", of(&zone, &theirs));
        assert_eq!((&answer["VPC"], &answer["HostedZoneId"]), (&theirs, &json!(zone)));
    }
    let listed = world.ok("ListVPCAssociationAuthorizations", json!({"HostedZoneId": zone}));
    assert_eq!(listed["VPCs"], json!([theirs]));
    world.become_account(OTHER);
    world.ok("AssociateVPCWithHostedZone", of(&zone, &theirs));
    let by_vpc = world.ok("ListHostedZonesByVPC", theirs.clone());
    let summary =
        json!({"HostedZoneId": zone, "Name": "example.com.", "Owner": {"OwningAccount": "123456789012"}});
    assert_eq!(by_vpc["HostedZoneSummaries"], json!([summary]));
    assert_eq!(world.fails("GetHostedZone", json!({"Id": zone})), "NoSuchHostedZone", "it is no guest's");
    world.become_account("123456789012");
    world.ok("DeleteVPCAssociationAuthorization", of(&zone, &theirs));
    let again = world.fails("DeleteVPCAssociationAuthorization", of(&zone, &theirs));
    assert_eq!(again, "VPCAssociationAuthorizationNotFound");
    assert_eq!(world.ok("GetHostedZone", json!({"Id": zone}))["VPCs"], json!([own, theirs]), "it stays");
    world.become_account(OTHER);
    world.ok("DisassociateVPCFromHostedZone", of(&zone, &theirs));
    assert_eq!(world.fails("AssociateVPCWithHostedZone", of(&zone, &theirs)), "NotAuthorizedException");
}

#[test]
fn authorizations_and_zones_come_in_pages() {
    let mut world = World::new();
    let own = world.vpc("vpc-1", "us-east-1");
    let zone = private(&mut world, "example.com", "r", &own);
    for number in 0..3 {
        let vpc = json!({"VPCId": format!("vpc-a{number}"), "VPCRegion": "us-east-1"});
        world.ok("CreateVPCAssociationAuthorization", of(&zone, &vpc));
        let (name, reference) = (format!("z{number}.test"), number.to_string());
        private(&mut world, &name, &reference, &own);
    }
    let first =
        world.ok("ListVPCAssociationAuthorizations", json!({"HostedZoneId": zone, "MaxResults": "2"}));
    assert_eq!(first["VPCs"].as_array().unwrap().len(), 2);
    let rest = json!({"HostedZoneId": zone, "NextToken": first["NextToken"]});
    let rest = world.ok("ListVPCAssociationAuthorizations", rest);
    assert_eq!(rest["VPCs"], json!([{"VPCId": "vpc-a2", "VPCRegion": "us-east-1"}]));
    let mut ask = own.clone();
    ask["MaxItems"] = json!("3");
    let first = world.ok("ListHostedZonesByVPC", ask.clone());
    assert_eq!(
        (first["HostedZoneSummaries"].as_array().unwrap().len(), &first["MaxItems"]),
        (3, &json!("3"))
    );
    ask["NextToken"] = first["NextToken"].clone();
    let rest = world.ok("ListHostedZonesByVPC", ask);
    assert_eq!(rest["HostedZoneSummaries"].as_array().unwrap().len(), 1);
    assert_eq!(
        world.fails("ListHostedZonesByVPC", json!({"VPCId": "vpc-9", "VPCRegion": "us-east-1"})),
        "InvalidInput"
    );
    world.ok("DeleteHostedZone", json!({"Id": zone}));
    assert_eq!(
        world.fails("ListVPCAssociationAuthorizations", json!({"HostedZoneId": zone})),
        "NoSuchHostedZone"
    );
}

#[test]
fn there_are_at_most_so_many() {
    let mut world = World::new();
    let own = world.vpc("vpc-000", "us-east-1");
    let zone = private(&mut world, "example.com", "r", &own);
    for number in 1..300 {
        let vpc = world.vpc(&format!("vpc-{number:03}"), "us-east-1");
        world.ok("AssociateVPCWithHostedZone", of(&zone, &vpc));
    }
    let limit = json!({"HostedZoneId": zone, "Type": "MAX_VPCS_ASSOCIATED_BY_ZONE"});
    let answer = world.ok("GetHostedZoneLimit", limit);
    assert_eq!((&answer["Limit"]["Value"], &answer["Count"]), (&json!(300), &json!(300)));
    let more = world.vpc("vpc-more", "us-east-1");
    assert_eq!(world.fails("AssociateVPCWithHostedZone", of(&zone, &more)), "LimitsExceeded");
    for number in 0..1000 {
        let vpc = json!({"VPCId": format!("vpc-{number}"), "VPCRegion": "eu-west-1"});
        world.ok("CreateVPCAssociationAuthorization", of(&zone, &vpc));
    }
    let one_more = world.fails("CreateVPCAssociationAuthorization", of(&zone, &more));
    assert_eq!(one_more, "TooManyVPCAssociationAuthorizations");
}

#[test]
fn what_a_private_zone_holds() {
    let mut world = World::new();
    let vpc = world.vpc("vpc-1", "us-east-1");
    let zone = private(&mut world, "example.com", "r", &vpc);
    let check = world.check("c");
    let collection = world.collection("c", json!({"office": ["192.0.2.0/24"]}));
    let set = |more: Value| {
        let mut set = json!({"Name": "a.example.com", "Type": "A", "TTL": 60,
            "ResourceRecords": [{"Value": "10.0.0.9"}]});
        set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        set
    };
    let cidr = json!({"SetIdentifier": "o", "CidrRoutingConfig": {"CollectionId": collection, "LocationName": "office"}});
    let delegation = json!({"Type": "NS", "ResourceRecords": [{"Value": "ns.example.org"}]});
    let checked = json!({"SetIdentifier": "p", "MultiValueAnswer": true, "HealthCheckId": check});
    for (refused, what) in [(cidr, "IP-based"), (delegation, "delegations"), (checked, "health checks")] {
        let error = world.batch(&zone, &[("CREATE", set(refused))]).unwrap_err();
        assert_eq!(error.code, "InvalidChangeBatch");
        assert!(error.message.contains(what), "{}", error.message);
    }
    let member = |id: &str, policy: Value| {
        let mut set = set(json!({"Name": format!("{id}.example.com"), "SetIdentifier": id}));
        set.as_object_mut().unwrap().extend(policy.as_object().unwrap().clone());
        ("CREATE", set)
    };
    world
        .batch(
            &zone,
            &[
                ("CREATE", set(json!({}))),
                member("w", json!({"Weight": 1})),
                member("f", json!({"Failover": "SECONDARY"})),
                member("l", json!({"Region": "us-east-1"})),
                member("g", json!({"GeoLocation": {"CountryCode": "US"}})),
                member("d", json!({"GeoProximityLocation": {"AWSRegion": "us-east-1"}})),
                member("m", json!({"MultiValueAnswer": true})),
            ],
        )
        .unwrap();
}
