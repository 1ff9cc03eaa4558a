//! A region to try things in, entered through the wire as clients do.

use crate::SERVICE;
use crate::change::ops::confirm_changes::{ConfirmChanges, ConfirmChangesInput};
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_kernel::quota::{GrantedQuota, HOSTED_ZONES};
use controlplane_services_kernel::{
    Caller, Context, KindEntry, Need, Operation, Record, Service, ServiceError, View, manifest, rehearsal,
};
use controlplane_services_native::dns_server::{RegisterDnsServer, RegisterDnsServerInput};
use controlplane_services_native::server::{
    DeclareServer, DeclareServerInput, Entered, NoteVotes, NoteVotesInput,
};
use controlplane_services_native::{DnsServer, Server};
use controlplane_types::{Key, Scope, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Hosted zones and health checks of one account.
pub(crate) struct World {
    pub(crate) view: View,
    pub(crate) now: Timestamp,
    calls: u64,
    caller: Caller,
    /// What the server finds for who needs it.
    found: BTreeMap<Need, Value>,
}

impl World {
    pub(crate) fn new() -> Self {
        const BESIDE: &[KindEntry] = &[
            KindEntry::internal::<manifest::Applied>(),
            KindEntry::internal::<GrantedQuota>(),
            KindEntry::internal::<Vpc>(),
            KindEntry::internal::<DnsServer>(),
            KindEntry::internal::<Server>(),
        ];
        let kinds = SERVICE.kinds.iter().chain(BESIDE).chain(controlplane_services_kms::SERVICE.kinds);
        let like = crate::record_set::tests::context();
        let (now, caller) = (like.now, like.caller.clone());
        Self { view: View::new(kinds), now, calls: 0, caller, found: BTreeMap::new() }
    }

    /// From now on this account asks.
    pub(crate) fn become_account(&mut self, account: &str) {
        self.caller.account = account.into();
    }

    /// A VPC of the account that asks.
    pub(crate) fn vpc(&mut self, id: &str, region: &str) -> Value {
        let account = self.caller.account.clone();
        self.change(|cx| {
            let vpc = Vpc {
                cidr: "10.0.0.0/16".parse().unwrap(),
                cidr_association_id: String::new(),
                ipv6: None,
                vni: 1,
                is_default: false,
                dns_support: true,
                dns_hostnames: true,
                dhcp_options_id: None,
            };
            cx.put_at(Key::new(&account, &Scope::Region(region.into()), Vpc::KIND, id), vpc);
            Ok(())
        })
        .unwrap();
        json!({"VPCId": id, "VPCRegion": region})
    }

    /// Changes records, or nothing when it fails.
    pub(crate) fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.calls += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.calls.to_le_bytes());
        let mut cx = Context::new(self.view.clone(), self.caller.clone(), self.now, seed);
        cx.set_found(self.found.clone());
        let result = act(&mut cx)?;
        self.view.apply(self.calls, &cx.into_changes());
        Ok(result)
    }

    pub(crate) fn call(&mut self, action: &str, input: Value) -> Result<Value, ServiceError> {
        self.change(|cx| rehearsal::call(&SERVICE, action, &input, cx))
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, action: &str, input: Value) -> Value {
        self.call(action, input).unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    /// The code of a request that fails.
    #[track_caller]
    pub(crate) fn fails(&mut self, action: &str, input: Value) -> String {
        match self.call(action, input) {
            Ok(answer) => panic!("{action} succeeded: {answer}"),
            Err(error) => error.code.into_owned(),
        }
    }

    /// A DNS server follows the feed, and can log queries or not.
    pub(crate) fn dns_server(&mut self, name: &str, logs_queries: bool) {
        let input = RegisterDnsServerInput {
            name: name.to_owned(),
            health_address: String::new(),
            checker_region: String::new(),
            logs_queries,
        };
        self.change(|cx| RegisterDnsServer::run(&input, cx)).unwrap();
    }

    /// Whoever needs it will find this.
    pub(crate) fn finds(&mut self, need: Need, value: Value) {
        self.found.insert(need, value);
    }

    /// The servers of the control plane that vote.
    pub(crate) fn voters(&mut self, numbers: &[u64]) {
        let entered = || Entered { cluster: "lab".into(), index: 1 };
        self.change(|cx| {
            for number in numbers.iter().copied() {
                let address = format!("10.0.0.{number}:4567");
                let input = DeclareServerInput {
                    number,
                    name: address.clone(),
                    grpc_address: address,
                    aws_address: String::new(),
                    entered: entered(),
                };
                DeclareServer::run(&input, cx)?;
            }
            NoteVotes::run(&NoteVotesInput { voters: numbers.iter().copied().collect() }, cx)
        })
        .unwrap();
    }

    /// A zone and its id, without the path.
    pub(crate) fn zone(&mut self, name: &str) -> String {
        let answer = self.ok("CreateHostedZone", json!({"Name": name, "CallerReference": name}));
        bare(&answer["HostedZone"]["Id"])
    }

    /// A TCP health check and its id.
    pub(crate) fn check(&mut self, reference: &str) -> String {
        let config = json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80});
        let answer =
            self.ok("CreateHealthCheck", json!({"CallerReference": reference, "HealthCheckConfig": config}));
        text(&answer["HealthCheck"]["Id"])
    }

    /// A CIDR collection with blocks by location, and its id.
    pub(crate) fn collection(&mut self, name: &str, locations: Value) -> String {
        let answer = self.ok("CreateCidrCollection", json!({"Name": name, "CallerReference": name}));
        let id = text(&answer["Collection"]["Id"]);
        let put = |(location, blocks): (&String, &Value)| json!({"LocationName": location, "Action": "PUT", "CidrList": blocks});
        let changes: Vec<Value> = locations.as_object().unwrap().iter().map(put).collect();
        if !changes.is_empty() {
            self.ok("ChangeCidrCollection", json!({"Id": id, "Changes": changes}));
        }
        id
    }

    /// A traffic policy and its id.
    pub(crate) fn policy(&mut self, name: &str, document: &str) -> String {
        let answer = self.ok("CreateTrafficPolicy", json!({"Name": name, "Document": document}));
        text(&answer["TrafficPolicy"]["Id"])
    }

    /// Changes record sets of a zone: actions and sets.
    pub(crate) fn batch(&mut self, zone: &str, changes: &[(&str, Value)]) -> Result<Value, ServiceError> {
        let changes: Vec<Value> =
            changes.iter().map(|(action, set)| json!({"Action": action, "ResourceRecordSet": set})).collect();
        self.call(
            "ChangeResourceRecordSets",
            json!({"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}}),
        )
    }

    /// Every record set of a zone, as listed.
    pub(crate) fn sets(&mut self, zone: &str) -> Vec<Value> {
        let answer = self.ok("ListResourceRecordSets", json!({"HostedZoneId": zone}));
        answer["ResourceRecordSets"].as_array().unwrap().clone()
    }

    /// Record sets of a zone that no listing shows.
    pub(crate) fn generated(&self, zone: &str) -> Vec<crate::RecordSet> {
        let all = self.view.all::<crate::RecordSet>();
        all.filter(|set| set.zone_id == zone && set.is_generated()).map(|set| set.record.clone()).collect()
    }

    /// Every change has reached every DNS server.
    pub(crate) fn confirm_all(&mut self) {
        let all = self.view.all::<crate::Change>();
        let keys = all.map(|found| found.key.as_str().to_owned()).collect();
        self.change(|cx| ConfirmChanges::run(&ConfirmChangesInput { keys }, cx)).unwrap();
    }

    /// The account may have that many zones.
    pub(crate) fn grant_zones(&mut self, value: usize) {
        self.change(|cx| {
            let key = HOSTED_ZONES.key(cx);
            cx.put_at(key, GrantedQuota { value });
            Ok(())
        })
        .unwrap();
    }

    /// How many records there are, of every kind but those that outlive what they are about.
    pub(crate) fn size(&self) -> usize {
        let kinds =
            SERVICE.kinds.iter().filter(|kind| !matches!(kind.name, "change" | "used_caller_reference"));
        kinds.map(|kind| self.view.untyped(kind.name).count()).sum()
    }

    fn apply(&mut self, text: &str) -> Vec<String> {
        const SERVICES: &[&Service] = &[&SERVICE];
        let documents = manifest::parse(text).unwrap();
        let applied = self
            .change(|cx| {
                manifest::apply::apply(SERVICES, documents, "default", &cx.caller.region.clone(), cx)
            })
            .unwrap();
        applied.iter().map(|document| format!("{:?}", document.outcome)).collect()
    }
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The id of a zone as clients send it back: the model has no room for the path before it, SDKs take it away.
pub(crate) fn bare(id: &Value) -> String {
    text(id).strip_prefix("/hostedzone/").expect("answers give the path").to_owned()
}

#[test]
fn every_input_has_only_members_of_aws() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), Vec::<String>::new());
}

/// A zone with one set of each policy and an alias, a health check, tags, a traffic policy with an instance.
fn rich() -> World {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let check = world.check("c");
    for (reference, config) in [
        (
            "search",
            json!({"Type": "HTTPS_STR_MATCH", "FullyQualifiedDomainName": "a.test", "SearchString": "up",
                "MeasureLatency": true, "Regions": ["us-east-1", "eu-west-1", "sa-east-1"]}),
        ),
        ("sum", json!({"Type": "CALCULATED", "ChildHealthChecks": [check], "HealthThreshold": 1})),
    ] {
        world.ok("CreateHealthCheck", json!({"CallerReference": reference, "HealthCheckConfig": config}));
    }
    let collection = world.collection("ours", json!({"office": ["192.0.2.0/24"]}));
    let set = |name: &str, more: Value| {
        let mut set = json!({
            "Name": format!("{name}.example.com"), "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.7"}],
        });
        set.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Action": "CREATE", "ResourceRecordSet": set})
    };
    let changes = [
        set("simple", json!({})),
        set("weighted", json!({"SetIdentifier": "a", "Weight": 7, "HealthCheckId": check})),
        set("failover", json!({"SetIdentifier": "a", "Failover": "PRIMARY"})),
        set("multi", json!({"SetIdentifier": "a", "MultiValueAnswer": true})),
        set("latency", json!({"SetIdentifier": "a", "Region": "eu-west-1"})),
        set(
            "geo",
            json!({"SetIdentifier": "a", "GeoLocation": {"CountryCode": "US", "SubdivisionCode": "CA"}}),
        ),
        set(
            "near",
            json!({"SetIdentifier": "a", "GeoProximityLocation": {
                "Coordinates": {"Latitude": "49.22", "Longitude": "-74"}, "Bias": -10,
            }}),
        ),
        set(
            "cidr",
            json!({"SetIdentifier": "a", "CidrRoutingConfig": {
                "CollectionId": collection, "LocationName": "office",
            }}),
        ),
        json!({"Action": "CREATE", "ResourceRecordSet": {"Name": "alias.example.com", "Type": "A", "AliasTarget": {
            "HostedZoneId": zone, "DNSName": "weighted.example.com", "EvaluateTargetHealth": true,
        }}}),
    ];
    let batch = json!({"Comment": "all", "Changes": changes});
    let answer = world.ok("ChangeResourceRecordSets", json!({"HostedZoneId": zone, "ChangeBatch": batch}));
    assert_eq!(answer["ChangeInfo"]["Status"], "PENDING");
    let tags = json!([{"Key": "team", "Value": "web"}]);
    for (kind, id) in [("hostedzone", &zone), ("healthcheck", &check)] {
        world.ok("ChangeTagsForResource", json!({"ResourceType": kind, "ResourceId": id, "AddTags": tags}));
    }
    world.ok("CreateReusableDelegationSet", json!({"CallerReference": "d"}));
    let protections = json!([{"RecordName": "safe.example.com", "RecordType": "A", "Comment": "ours"}]);
    world.ok("CreateResourceRecordSetProtections", json!({"HostedZoneId": zone, "Protections": protections}));
    let policy = world.policy("p", &weighted_document("192.0.2.8"));
    world.ok(
        "CreateTrafficPolicyInstance",
        json!({
            "HostedZoneId": zone, "Name": "policy.example.com", "TTL": 60,
            "TrafficPolicyId": policy, "TrafficPolicyVersion": 1,
        }),
    );
    world.dns_server("ns1", true);
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:queries";
    let logging = json!({"HostedZoneId": zone, "CloudWatchLogsLogGroupArn": group});
    world.ok("CreateQueryLoggingConfig", logging);
    world.sign(&zone);
    let gone = world.zone("gone.test");
    world.ok("DeleteHostedZone", json!({"Id": gone}));
    world
}

/// A traffic policy with one rule and one value.
pub(crate) fn weighted_document(value: &str) -> String {
    json!({
        "AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartRule": "rule",
        "Endpoints": {"end": {"Type": "value", "Value": value}},
        "Rules": {"rule": {"RuleType": "weighted", "Items": [{"Weight": "10", "EndpointReference": "end"}]}},
    })
    .to_string()
}

#[test]
fn every_listing_goes_through_the_wire() {
    let mut world = rich();
    let zones = world.ok("ListHostedZones", json!({"MaxItems": "1"}));
    let zone = bare(&zones["HostedZones"][0]["Id"]);
    assert_eq!(zones["HostedZones"][0]["ResourceRecordSetCount"], 12);
    let by_name = world.ok("ListHostedZonesByName", json!({"DNSName": "example.com", "MaxItems": "5"}));
    assert_eq!(by_name["HostedZones"], zones["HostedZones"]);
    let sets =
        world.ok("ListResourceRecordSets", json!({"HostedZoneId": zone, "StartRecordName": "m.example.com"}));
    assert_eq!(sets["ResourceRecordSets"][0]["MultiValueAnswer"], true);
    assert_eq!(
        world.ok("GetHostedZone", json!({"Id": zone}))["DelegationSet"]["NameServers"][3],
        sets_of_apex(&mut world, &zone)
    );
    assert_eq!(world.ok("GetHostedZoneCount", json!({}))["HostedZoneCount"], 1);
    let checks = world.ok("ListHealthChecks", json!({}));
    let checks = checks["HealthChecks"].as_array().unwrap();
    let listed = checks.iter().find(|check| check["HealthCheckConfig"]["Type"] == "TCP").unwrap();
    let check = text(&listed["Id"]);
    assert_eq!(world.ok("GetHealthCheckCount", json!({}))["HealthCheckCount"], checks.len());
    assert_eq!(world.ok("GetHealthCheck", json!({"HealthCheckId": check}))["HealthCheck"], *listed);
    let status = world.ok("GetHealthCheckStatus", json!({"HealthCheckId": check}));
    assert_eq!(status["HealthCheckObservations"], json!([]));
    let reason = world.ok("GetHealthCheckLastFailureReason", json!({"HealthCheckId": check}));
    assert_eq!(reason["HealthCheckObservations"], json!([]));
    let updated =
        world.ok("UpdateHealthCheck", json!({"HealthCheckId": check, "Port": 81, "HealthCheckVersion": 1}));
    assert_eq!(updated["HealthCheck"]["HealthCheckVersion"], 2);
}

/// The last name server of the zone's own NS set, as GetHostedZone shows it.
fn sets_of_apex(world: &mut World, zone: &str) -> String {
    let sets = world.ok("ListResourceRecordSets", json!({"HostedZoneId": zone, "MaxItems": "1"}));
    let set = &sets["ResourceRecordSets"][0];
    assert_eq!((&set["Type"], &set["TTL"]), (&json!("NS"), &json!(172_800)));
    text(&set["ResourceRecords"][3]["Value"]).trim_end_matches('.').to_owned()
}

#[test]
fn what_is_not_served_is_refused_by_name() {
    let mut world = World::new();
    let config = |more: Value| {
        let mut config = json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"CallerReference": "c", "HealthCheckConfig": config})
    };
    for (action, input, named) in [
        (
            "CreateHealthCheck",
            config(json!({"InsufficientDataHealthStatus": "Healthy"})),
            "InsufficientDataHealthStatus",
        ),
        ("CreateHealthCheck", config(json!({"RoutingControlArn": "arn"})), "RoutingControlArn"),
    ] {
        let before = world.size();
        let error = world.call(action, input).unwrap_err();
        assert!(error.message.contains(named), "{action}: {error}");
        assert_eq!(world.size(), before, "{action}");
    }
}

#[test]
fn every_record_survives_its_bytes() {
    let mut world = rich();
    let vpc = world.vpc("vpc-1", "us-east-1");
    let private = json!({"Name": "inside.test", "CallerReference": "private", "VPC": vpc});
    let zone = bare(&world.ok("CreateHostedZone", private)["HostedZone"]["Id"]);
    world.ok("CreateVPCAssociationAuthorization", json!({"HostedZoneId": zone, "VPC": vpc}));
    for kind in SERVICE.kinds {
        assert!(world.view.untyped(kind.name).next().is_some(), "no {}", kind.name);
        for (key, record) in world.view.untyped(kind.name) {
            let again = (kind.decode)(&record.encode()).unwrap();
            assert_eq!(format!("{again:?}"), format!("{record:?}"), "{key}");
        }
    }
}

#[test]
fn what_is_shown_can_be_applied() {
    let mut world = rich();
    let records = |world: &World| -> Vec<String> {
        let kinds = SERVICE.kinds.iter().filter(|kind| kind.table.is_some() && kind.name != "health_check");
        kinds.flat_map(|kind| world.view.untyped(kind.name)).map(|found| format!("{found:?}")).collect()
    };
    let before = records(&world);
    let view = world.view.clone();
    for kind in SERVICE.kinds {
        let (Some(table), Some(declarative)) = (&kind.table, &kind.declarative) else { continue };
        for (key, record) in view.untyped(kind.name) {
            // The apex sets belong to their zone.
            if key.id().ends_with(" NS ") || key.id().ends_with(" SOA ") {
                continue;
            }
            // What a traffic policy instance made belongs to the instance.
            if record
                .downcast::<crate::RecordSet>()
                .is_some_and(|set| set.traffic_policy_instance_id.is_some())
            {
                continue;
            }
            world
                .change(|cx| {
                    let row = (table.row)(record, key.id(), cx).unwrap();
                    assert_eq!(row.cells.len(), (table.columns)().len(), "{key}");
                    (declarative.update)(key.id(), &row.spec, &row.spec, cx)
                })
                .unwrap_or_else(|error| panic!("{key}: {error}"));
        }
    }
    assert_eq!(records(&world), before);
}

#[test]
fn a_manifest_declares_a_zone_its_sets_and_checks() {
    let mut world = World::new();
    let manifest = "
kind: HostedZone
metadata: {name: site}
spec: {name: example.com, comment: ours}
---
kind: HealthCheck
metadata: {name: probe}
spec: {type: HTTP, ipAddress: 192.0.2.1, requestInterval: 1}
---
kind: RecordSet
metadata: {name: www}
spec: {hostedZoneId: site, name: www.example.com, type: A, ttl: 5, resourceRecords: [192.0.2.1]}
---
kind: CidrCollection
metadata: {name: ours}
spec: {name: ours, locations: {office: [198.51.100.0/24, 192.0.2.0/24]}}
---
kind: RecordSet
metadata: {name: office}
spec:
  hostedZoneId: site
  name: by-address.example.com
  type: A
  setIdentifier: office
  cidrRoutingConfig: {collectionId: ours, locationName: office}
  aliasTarget: {hostedZoneId: site, dnsName: WWW.example.com, evaluateTargetHealth: true}
---
kind: RecordSet
metadata: {name: near}
spec:
  hostedZoneId: site
  name: near.example.com
  type: A
  setIdentifier: here
  geoProximityLocation: {coordinates: {latitude: '49.22', longitude: '-74'}, bias: 20}
  ttl: 5
  resourceRecords: [192.0.2.1]
";
    assert_eq!(world.apply(manifest), ["Created"; 6]);
    assert_eq!(world.apply(manifest), ["Unchanged"; 6]);
    let one_changed = |at: usize| {
        let mut outcomes = ["Unchanged"; 6];
        outcomes[at] = "Configured";
        outcomes
    };
    assert_eq!(world.apply(&manifest.replace("type: A, ttl: 5", "type: A, ttl: 6")), one_changed(2));
    let manifest = manifest.replace("type: A, ttl: 5", "type: A, ttl: 6");
    assert_eq!(
        world.apply(&manifest.replace("comment: ours}", "comment: ours, enableAcceleratedRecovery: true}")),
        one_changed(0)
    );
    assert_eq!(world.apply(&manifest), one_changed(0));
    assert_eq!(world.apply(&manifest.replace("192.0.2.0/24]", "203.0.113.0/24]")), one_changed(3));
    let zone = bare(&world.ok("ListHostedZones", json!({}))["HostedZones"][0]["Id"]);
    let sets = world
        .ok("ListResourceRecordSets", json!({"HostedZoneId": zone, "StartRecordName": "www.example.com"}));
    assert_eq!(sets["ResourceRecordSets"][0]["TTL"], 6);
}
