//! Change batches and traffic policy documents, as the service takes them once the wire has read them.

use controlplane_services_kernel::rehearsal::Stage;
use controlplane_services_route53::SERVICE;
use controlplane_wire::{client, model};
use serde_json::{Value, json};
use std::cell::RefCell;

/// A zone with a set of several policies, and its id.
struct Zone {
    stage: Stage,
    id: String,
}

impl Zone {
    fn new() -> Self {
        let mut stage = Stage::new(&SERVICE);
        let made = stage.ok("CreateHostedZone", json!({"Name": "example.com", "CallerReference": "r"}));
        let id = made["HostedZone"]["Id"].as_str().and_then(|id| id.strip_prefix("/hostedzone/"));
        let mut zone = Self { id: id.expect("an id").to_owned(), stage };
        zone.change(&batch()).expect("the batch is good");
        zone
    }

    fn change(&mut self, batch: &Value) -> Result<Value, String> {
        let input = json!({"HostedZoneId": self.id, "ChangeBatch": batch});
        if !can_be_sent("ChangeResourceRecordSets", &input) {
            return Err("never comes".to_owned());
        }
        self.stage.call("ChangeResourceRecordSets", input).map_err(|error| {
            assert!(error.status < 500, "{error}");
            error.code.into_owned()
        })
    }

    fn sets(&mut self) -> Value {
        self.stage.ok("ListResourceRecordSets", json!({"HostedZoneId": self.id}))["ResourceRecordSets"]
            .clone()
    }
}

/// Whether there is a request for this input. What the model does not have is for the targets of the wire.
fn can_be_sent(action: &str, input: &Value) -> bool {
    let service = model::by_name("route53").expect("a model");
    let operation = service.operation(action).expect("an action");
    client::request(service, operation, input).is_ok()
}

/// Reads `data` as a batch in JSON. What is taken is listed, and can be deleted as it is listed; what is refused changes nothing.
pub fn change_batch(data: &[u8]) {
    thread_local!(static FRESH: RefCell<Option<Zone>> = const { RefCell::new(None) });
    let Ok(batch) = serde_json::from_slice::<Value>(data) else { return };
    FRESH.with_borrow_mut(|fresh| {
        let zone = fresh.get_or_insert_with(Zone::new);
        let before = zone.sets();
        if zone.change(&batch).is_err() {
            assert_eq!(zone.sets(), before, "refused, and changed nevertheless");
            return;
        }
        let after = zone.sets();
        let apex =
            |set: &Value| set["Name"] == "example.com." && (set["Type"] == "NS" || set["Type"] == "SOA");
        let sets = after.as_array().into_iter().flatten().filter(|set| !apex(set));
        let deletions: Vec<Value> =
            sets.map(|set| json!({"Action": "DELETE", "ResourceRecordSet": set})).collect();
        // A page holds 300 sets.
        if !deletions.is_empty() && deletions.len() < 250 {
            let deleted = zone.change(&json!({"Changes": deletions}));
            assert!(deleted.is_ok(), "{deleted:?}: {after}");
        }
        // What this batch left is not for the next.
        *fresh = None;
    });
}

/// Reads `data` as the document of a traffic policy. What is taken can be made record sets of, or is refused as AWS would.
pub fn traffic_policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut zone = Zone::new();
    let made = zone.stage.call("CreateTrafficPolicy", json!({"Name": "p", "Document": text}));
    let made = match made {
        Ok(made) => made,
        Err(error) => return assert!(error.status < 500, "{error}"),
    };
    let policy = &made["TrafficPolicy"];
    assert_eq!(policy["Document"], json!(text), "a document is kept as it was written");
    let before = zone.sets();
    let instance = zone.stage.call(
        "CreateTrafficPolicyInstance",
        json!({
            "HostedZoneId": zone.id, "Name": "policy.example.com", "TTL": 60,
            "TrafficPolicyId": policy["Id"], "TrafficPolicyVersion": 1,
        }),
    );
    match instance {
        Ok(made) => {
            let id = &made["TrafficPolicyInstance"]["Id"];
            assert_ne!(zone.sets(), before, "an instance answers for its name");
            zone.stage.ok("DeleteTrafficPolicyInstance", json!({"Id": id}));
        }
        Err(error) => assert!(error.status < 500, "{error}"),
    }
    assert_eq!(zone.sets(), before, "nothing is left of it");
}

fn set(name: &str, more: Value) -> Value {
    let mut set = json!({
        "Name": format!("{name}.example.com"), "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.7"}],
    });
    if let (Some(set), Value::Object(more)) = (set.as_object_mut(), more) {
        set.extend(more);
    }
    json!({"Action": "CREATE", "ResourceRecordSet": set})
}

fn batch() -> Value {
    json!({"Changes": [
        set("simple", json!({})),
        set("weighted", json!({"SetIdentifier": "a", "Weight": 7})),
        set("failover", json!({"SetIdentifier": "a", "Failover": "PRIMARY"})),
        set("multi", json!({"SetIdentifier": "a", "MultiValueAnswer": true})),
        set("latency", json!({"SetIdentifier": "a", "Region": "eu-west-1"})),
        set("geo", json!({"SetIdentifier": "a", "GeoLocation": {"CountryCode": "US", "SubdivisionCode": "CA"}})),
        set("near", json!({"SetIdentifier": "a", "GeoProximityLocation": {
            "Coordinates": {"Latitude": "49.22", "Longitude": "-74"}, "Bias": -10,
        }})),
    ]})
}

pub(crate) fn batches() -> Vec<Vec<u8>> {
    let mut one = batch();
    if let Some(changes) = one["Changes"].as_array_mut() {
        for change in changes {
            change["Action"] = json!("UPSERT");
        }
    }
    let others = json!({"Comment": "c", "Changes": [
        {"Action": "DELETE", "ResourceRecordSet": {
            "Name": "simple.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.7"}],
        }},
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": "simple.example.com", "Type": "CNAME", "TTL": 5, "ResourceRecords": [{"Value": "x.example.net"}],
        }},
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": "*.wild.example.com", "Type": "TXT", "TTL": 5, "ResourceRecords": [{"Value": "\"a\" \"b\\001\""}],
        }},
        {"Action": "UPSERT", "ResourceRecordSet": {
            "Name": "weighted.example.com", "Type": "A", "SetIdentifier": "b", "Weight": 0, "TTL": 9,
            "ResourceRecords": [{"Value": "192.0.2.8"}, {"Value": "192.0.2.9"}],
        }},
    ]});
    [one, others].iter().map(|batch| batch.to_string().into_bytes()).collect()
}

pub(crate) fn documents() -> Vec<Vec<u8>> {
    let first = json!({
        "AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartRule": "places",
        "Endpoints": {"near": {"Type": "value", "Value": "192.0.2.1"}, "far": {"Type": "value", "Value": "192.0.2.2"}},
        "Rules": {
            "places": {"RuleType": "geo", "Locations": [
                {"Continent": "EU", "RuleReference": "pool", "EvaluateTargetHealth": true},
                {"IsDefault": "true", "EndpointReference": "far"},
            ]},
            "pool": {"RuleType": "weighted", "Items": [
                {"Weight": "1", "EndpointReference": "near"}, {"Weight": 0, "EndpointReference": "far"},
            ]},
        },
    });
    let second = json!({
        "AWSPolicyFormatVersion": "2023-05-09", "RecordType": "AAAA", "StartRule": "near",
        "Endpoints": {"a": {"Type": "value", "Value": "2001:db8::1"}},
        "Rules": {
            "near": {"RuleType": "geoproximity", "GeoproximityLocations": [
                {"Location": {"Type": "Coordinate", "Latitude": "49.22", "Longitude": "-74.01"}, "Bias": "10", "RuleReference": "pair"},
                {"Location": {"Type": "Region", "LocationName": "aws:route53:eu-west-1"}, "EndpointReference": "a"},
            ]},
            "pair": {"RuleType": "failover", "Primary": {"EndpointReference": "a"}, "Secondary": {"RuleReference": "many"}},
            "many": {"RuleType": "multivalue", "Items": [{"EndpointReference": "a"}]},
        },
    });
    let plain = json!({
        "AWSPolicyFormatVersion": "2015-10-01", "RecordType": "CNAME", "StartEndpoint": "e",
        "Endpoints": {"e": {"Type": "value", "Value": "www.example.net"}},
    });
    [first, second, plain].iter().map(|document| document.to_string().into_bytes()).collect()
}
