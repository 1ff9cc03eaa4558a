use super::controller::Retention;
use super::secret::{HIDDEN, is_secret};
use super::types::id_at;
use super::*;
use crate::SERVICE;
use controlplane_services_kernel::client::{Origin, Principal, Session, SessionOf};
use controlplane_services_kernel::{
    Caller, Client, Context, Controller, Random, ServiceError, View, rehearsal,
};
use controlplane_types::Timestamp;
use controlplane_wire::model::{self, Kind};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

const ACCOUNT: &str = "123456789012";
const DAY_MS: u64 = 24 * 3_600_000;

fn caller(principal: Principal, arn: &str) -> Caller {
    let origin = Origin {
        address: Some([192, 0, 2, 1].into()),
        is_tls: true,
        user_agent: Some("aws-cli/2".to_owned()),
    };
    Caller {
        account: ACCOUNT.into(),
        region: "us-east-1".into(),
        principal: arn.to_owned(),
        access_key_id: "AKIA1".to_owned(),
        request_id: "r-1".to_owned(),
        client: Some(Arc::new(Client { principal, origin })),
    }
}

fn root() -> Caller {
    caller(Principal::Root, "arn:aws:iam::123456789012:root")
}

fn app() -> Caller {
    let of = SessionOf::Role { name: "App".into(), role_id: "AROA1".into(), session: "one".into() };
    let session = Session {
        of,
        issued_at: Timestamp::from_millis(5_000),
        expires_at: Timestamp::from_millis(9_000),
        policy: None,
        policy_arns: Vec::new(),
        tags: Default::default(),
        transitive: Default::default(),
        source_identity: None,
        provider: None,
    };
    caller(Principal::Session(session), "arn:aws:sts::123456789012:assumed-role/App/one")
}

struct World {
    view: View,
    random: Random,
}

impl World {
    fn new() -> Self {
        let kinds = SERVICE.kinds.iter().chain(controlplane_services_iam::SERVICE.kinds);
        Self { view: View::new(kinds), random: Random::from_seed([3; 32]) }
    }

    fn put(&mut self, at_ms: u64, event: TrailEvent) {
        let at = Timestamp::from_millis(at_ms);
        let key = TrailEvent::new_key(&ACCOUNT.into(), &"us-east-1".into(), at, &mut self.random);
        let mut cx = Context::new(self.view.clone(), root(), at, [0; 32]);
        cx.put_at(key, TrailEvent { at, ..event });
        self.view.apply(self.view.revision() + 1, &cx.into_changes());
    }

    /// A VPC made by `who`.
    fn done(&mut self, at_ms: u64, who: &Caller) {
        let event = TrailEvent::of(who, &self.view, "ec2", "CreateVpc");
        let request = Elements::of("CreateVpc", &json!({"CidrBlock": "10.0.0.0/16"}), 1_000);
        let response = Elements::of("CreateVpc", &json!({"Vpc": {"VpcId": "vpc-0123456789abcdef0"}}), 1_000);
        self.put(at_ms, TrailEvent { request, response, ..event });
    }

    fn refused(&mut self, at_ms: u64) {
        let event = TrailEvent::nobodys("iam", "CreateUser", "r-2");
        let place = (&ACCOUNT.into(), &"us-east-1".into());
        self.put(at_ms, event.refused(place, ("InvalidClientTokenId", 403, "no")));
    }

    fn lookup(&self, input: Value) -> Result<Value, ServiceError> {
        let mut cx = Context::new(self.view.clone(), root(), Timestamp::from_millis(DAY_MS), [0; 32]);
        rehearsal::call(&SERVICE, "LookupEvents", &input, &mut cx)
    }

    fn times(&self, input: Value) -> Vec<u64> {
        let found = self.lookup(input).expect("events");
        let events = found["Events"].as_array().expect("a list");
        events.iter().map(|event| event["EventTime"].as_u64().expect("a time")).collect()
    }

    /// Lets the controller forget; how many writes that took.
    fn settle(&mut self, now: Timestamp) -> usize {
        let mut writes = 0;
        loop {
            let keys = Retention::sweep(&self.view);
            let plans = keys.iter().map(|key| Retention::plan(&self.view, key, now));
            let intents: Vec<_> = plans.flat_map(|plan| plan.intents).collect();
            let Some(intent) = intents.into_iter().next() else { return writes };
            let mut cx = Context::new(self.view.clone(), intent.caller, now, [0; 32]);
            intent.operation.run(&mut cx).expect("it forgets");
            self.view.apply(self.view.revision() + 1, &cx.into_changes());
            writes += 1;
        }
    }
}

fn attribute(key: &str, value: &str) -> Value {
    json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]})
}

#[test]
fn inputs_are_the_models() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), [""; 0]);
}

#[test]
fn events_are_found_by_each_attribute() {
    let mut world = World::new();
    world.done(1_000, &root());
    world.done(2_000, &app());
    world.refused(3_000);
    assert_eq!(world.times(json!({})), [3_000, 2_000, 1_000], "newest first");
    let first = world.lookup(json!({})).expect("events")["Events"][2].clone();
    let id = first["EventId"].as_str().expect("an id").to_owned();
    for (key, value, expected) in [
        ("EventId", id.as_str(), &[1_000][..]),
        ("EventName", "CreateVpc", &[2_000, 1_000]),
        ("EventName", "createvpc", &[]),
        ("ReadOnly", "false", &[3_000, 2_000, 1_000]),
        ("ReadOnly", "true", &[]),
        ("Username", "root", &[1_000]),
        ("Username", "one", &[2_000]),
        ("ResourceType", "AWS::EC2::VPC", &[2_000, 1_000]),
        ("ResourceName", "vpc-0123456789abcdef0", &[2_000, 1_000]),
        ("EventSource", "iam.amazonaws.com", &[3_000]),
        ("AccessKeyId", "AKIA1", &[2_000, 1_000]),
    ] {
        assert_eq!(world.times(attribute(key, value)), expected, "{key}={value}");
    }
    for (start, end, expected) in [
        (Some(2_000), None, &[3_000, 2_000][..]),
        (None, Some(2_000), &[2_000, 1_000]),
        (Some(1_001), Some(2_999), &[2_000]),
        (Some(4_000), Some(4_000), &[]),
    ] {
        let mut input = json!({});
        for (name, time) in [("StartTime", start), ("EndTime", end)] {
            if let Some(time) = time {
                input[name] = json!(time);
            }
        }
        assert_eq!(world.times(input.clone()), expected, "{input}");
    }
}

#[test]
fn pages_follow_each_other() {
    let mut world = World::new();
    (1..=7).for_each(|second| world.done(second * 1_000, &root()));
    let mut input = json!({"MaxResults": 3});
    let mut all = Vec::new();
    loop {
        let page = world.lookup(input.clone()).expect("a page");
        all.push(page["Events"].as_array().expect("a list").len());
        match page["NextToken"].as_str() {
            Some(token) => input["NextToken"] = token.into(),
            None => break,
        }
    }
    assert_eq!(all, [3, 3, 1]);
    for (input, code) in [
        (json!({"NextToken": "x"}), "InvalidNextTokenException"),
        (json!({"StartTime": 2, "EndTime": 1}), "InvalidTimeRangeException"),
        (json!({"MaxResults": 51}), "ValidationException"),
        (json!({"EventCategory": "insight"}), "ValidationException"),
        (
            json!({"LookupAttributes": [
                {"AttributeKey": "EventName", "AttributeValue": "a"},
                {"AttributeKey": "EventName", "AttributeValue": "b"},
            ]}),
            "InvalidLookupAttributesException",
        ),
        (attribute("Colour", "red"), "ValidationException"),
    ] {
        assert_eq!(world.lookup(input.clone()).expect_err("refused").code, code, "{input}");
    }
}

#[test]
fn the_document_says_who_what_and_why_not() {
    let mut world = World::new();
    world.done(1_000, &app());
    world.refused(2_000);
    let found = world.lookup(json!({})).expect("events");
    let document = |at: usize| -> Value {
        serde_json::from_str(found["Events"][at]["CloudTrailEvent"].as_str().expect("text")).expect("JSON")
    };
    let (refused, done) = (document(0), document(1));
    for (pointer, expected) in [
        ("/userIdentity/type", json!("AssumedRole")),
        ("/userIdentity/principalId", json!("AROA1:one")),
        ("/userIdentity/arn", json!("arn:aws:sts::123456789012:assumed-role/App/one")),
        ("/userIdentity/sessionContext/sessionIssuer/arn", json!("arn:aws:iam::123456789012:role/App")),
        ("/userIdentity/sessionContext/attributes/creationDate", json!("1970-01-01T00:00:05.000Z")),
        ("/eventTime", json!("1970-01-01T00:00:01.000Z")),
        ("/eventSource", json!("ec2.amazonaws.com")),
        ("/sourceIPAddress", json!("192.0.2.1")),
        ("/userAgent", json!("aws-cli/2")),
        ("/requestParameters", json!({"cidrBlock": "10.0.0.0/16"})),
        ("/responseElements/vpc/vpcId", json!("vpc-0123456789abcdef0")),
        ("/requestID", json!("r-1")),
        ("/readOnly", json!(false)),
        ("/recipientAccountId", json!(ACCOUNT)),
    ] {
        assert_eq!(done.pointer(pointer), Some(&expected), "{pointer}: {done}");
    }
    assert!(done.get("errorCode").is_none());
    assert_eq!(refused["errorCode"], "InvalidClientTokenId");
    assert_eq!(refused["userIdentity"]["type"], "Unknown");
    assert_eq!(refused["responseElements"], Value::Null);
}

#[test]
fn nothing_secret_is_taken_down() {
    let secrets = json!({
        "UserData": "c2VjcmV0", "Name": "a",
        "AccessKey": {"AccessKeyId": "AKIA2", "SecretAccessKey": "hush"},
        "List": [{"MasterUserPassword": "hush", "SessionToken": {"a": "hush"}}],
    });
    let shown = Elements::of("RunInstances", &secrets, 4_096).shown();
    assert!(!shown.to_string().contains("hush") && !shown.to_string().contains("c2VjcmV0"), "{shown}");
    assert_eq!(shown["userData"], HIDDEN);
    assert_eq!(shown["accessKey"]["accessKeyId"], "AKIA2");
    let value = json!({"Attribute": "userData", "Value": "c2VjcmV0", "InstanceType": {"Value": "t3.micro"}});
    let shown = Elements::of("ModifyInstanceAttribute", &value, 4_096).shown();
    assert_eq!((&shown["value"], &shown["instanceType"]["value"]), (&json!(HIDDEN), &json!("t3.micro")));
}

/// Whatever a model calls sensitive is on our list; a member that is called like any other is named with its action.
#[test]
fn what_models_call_sensitive_is_secret() {
    for service in model::services() {
        for shape in service.shapes() {
            let Kind::Structure(structure) = &shape.kind else { continue };
            for member in structure.members().iter().filter(|member| service.shape(member.shape).sensitive) {
                // Such a structure is hidden whole, or only read, and what is read is not recorded.
                let within = [
                    "SecureBlobAttributeValue",
                    "AlternateContact",
                    "ContactInformation",
                    "GetAccountInformationResponse",
                ];
                let is_within_one = within.contains(&&*shape.name);
                let action = shape.name.strip_suffix("Request").unwrap_or_default();
                assert!(
                    is_within_one || is_secret(action, &member.name, true),
                    "{} {}.{}",
                    service.name(),
                    shape.name,
                    member.name
                );
            }
        }
    }
}

#[derive(Serialize)]
struct Large {
    first: String,
    none: Option<u8>,
    list: Vec<Small>,
    last: &'static str,
}

#[derive(Serialize)]
struct Small {
    number: i64,
    text: String,
}

#[test]
fn elements_are_bounded_and_whole() {
    let small = |number| Small { number, text: "x".repeat(40) };
    let large =
        Large { first: "ä".repeat(2_000), none: None, list: (-500..500).map(small).collect(), last: "end" };
    for most in [0, 1, 100, 1_000, 2_000] {
        let elements = Elements::of("A", &large, most);
        let bytes = controlplane_services_kernel::record::encode(&TrailEvent {
            request: elements.clone(),
            ..TrailEvent::nobodys("ec2", "A", "")
        });
        assert!(bytes.len() < most + 1_400, "{} for {most}", bytes.len());
        let shown = elements.shown();
        if most >= 100 {
            assert_eq!(shown["truncated"], true, "{most}");
            assert!(shown.get("last").is_none() && shown.get("none").is_none());
        }
    }
    let shown = Elements::of("A", &large, 1 << 20).shown();
    assert_eq!(shown["list"][3]["number"], -497);
    assert_eq!(shown["last"], "end");
    assert_eq!(Elements::of("A", &(), 100).shown(), Value::Null);
}

#[test]
fn old_events_go_and_the_newest_stay() {
    let mut world = World::new();
    for day in 0..100 {
        world.done(day * DAY_MS, &root());
    }
    let now = Timestamp::from_millis(99 * DAY_MS);
    assert_eq!((world.settle(now), world.settle(now)), (1, 0));
    assert_eq!(world.view.all::<TrailEvent>().next().map(|event| event.at.as_millis()), Some(10 * DAY_MS));
}

/// Whoever only knocks pushes out nothing that was done.
#[test]
fn refused_calls_have_bounds_of_their_own() {
    let mut world = World::new();
    world.done(1, &root());
    for number in 0..MOST_REFUSED + SLACK {
        world.refused(2 + number as u64);
    }
    let now = Timestamp::from_millis(DAY_MS);
    assert_eq!(world.settle(now), 0, "a sweep has to pay");
    world.refused(2);
    assert!(world.settle(now) > 0);
    let all: Vec<_> = world.view.all::<TrailEvent>().collect();
    assert_eq!(all.len(), 1 + MOST_REFUSED);
    assert!(all[0].refused.is_none());
}

#[test]
fn ids_are_in_the_order_of_times() {
    let mut random = Random::from_seed([1; 32]);
    let mut key = |millis| {
        let at = Timestamp::from_millis(millis);
        let key = TrailEvent::new_key(&ACCOUNT.into(), &"us-east-1".into(), at, &mut random);
        assert!(key.id().starts_with(&id_at(at)) && key.id().len() == 36 && key.id().as_bytes()[14] == b'7');
        key
    };
    let keys = [0, 1, 65_535, 65_536, 1_800_000_000_000].map(&mut key);
    assert!(keys.is_sorted());
}
