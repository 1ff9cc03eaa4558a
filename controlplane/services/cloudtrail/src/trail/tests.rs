use super::*;
use crate::SERVICE;
use crate::event::{Elements, TrailEvent};
use controlplane_services_kernel::{Caller, Context, Operation, ServiceError, View, rehearsal};
use controlplane_services_native::region::{DeclareRegion, DeclareRegionInput};
use controlplane_types::Timestamp;
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

/// A cluster of two regions whose events are written by hand.
struct World {
    view: View,
    now: u64,
    region: &'static str,
    seeds: u64,
}

impl World {
    fn new() -> Self {
        let kinds = SERVICE.kinds.iter().chain(controlplane_services_native::SERVICE.kinds);
        let mut world =
            Self { view: View::new(kinds), now: 1_700_000_000_000, region: "us-east-1", seeds: 0 };
        for (name, is_further) in [("us-east-1", false), ("eu-west-1", true)] {
            world.region = name;
            let input = DeclareRegionInput {
                name: name.into(),
                zones: vec![format!("{name}a")],
                public_addresses: "198.18.0.0/16".parse().unwrap(),
                accounts: vec![ACCOUNT.into()],
                is_further,
            };
            world.system(|cx| DeclareRegion::run(&input, cx).map(drop)).unwrap();
        }
        world.region = "us-east-1";
        let input = SetTrailStoreInput { endpoint: Some("http://store".into()) };
        world.system(|cx| SetTrailStore::run(&input, cx)).unwrap();
        world
    }

    fn change<T>(
        &mut self,
        caller: Caller,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.seeds += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seeds.to_le_bytes());
        let mut cx = Context::new(self.view.clone(), caller, Timestamp::from_millis(self.now), seed);
        let result = act(&mut cx)?;
        self.view.apply(self.view.revision() + 1, &cx.into_changes());
        Ok(result)
    }

    fn system<T>(
        &mut self,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.change(Caller::system(self.region.into()), act)
    }

    fn call(&mut self, action: &str, input: Value) -> Result<Value, ServiceError> {
        let caller = Caller::controller(ACCOUNT.into(), self.region.into(), "test");
        self.change(caller, |cx| rehearsal::call(&SERVICE, action, &input, cx))
    }

    #[track_caller]
    fn ok(&mut self, action: &str, input: Value) -> Value {
        self.call(action, input).unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    #[track_caller]
    fn refuses(&mut self, action: &str, cases: &[(Value, &str)]) {
        for (input, code) in cases {
            let error = self.call(action, input.clone()).expect_err(action);
            assert_eq!(error.code, *code, "{action} {input}: {}", error.message);
        }
    }

    fn in_region<T>(&mut self, region: &'static str, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.region, region);
        let result = act(self);
        self.region = before;
        result
    }

    /// A call of `action`, a millisecond after whatever was before.
    fn event(&mut self, service: &str, action: &str, is_read_only: bool) {
        self.now += 1;
        let event = TrailEvent {
            at: Timestamp::from_millis(self.now),
            is_read_only,
            request: Elements::default(),
            group: TrailEvent::group(&ACCOUNT.into(), &self.region.into(), false),
            ..TrailEvent::nobodys(service, action, "r-1")
        };
        let region = self.region.into();
        self.system(|cx| {
            let key = TrailEvent::new_key(&ACCOUNT.into(), &region, event.at, cx.random());
            cx.put_at(key, event);
            Ok(())
        })
        .unwrap();
        self.now += 1;
    }

    fn trail(&mut self, input: Value) {
        let mut whole = json!({"Name": "audit", "S3BucketName": "trails"});
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        self.ok("CreateTrail", whole);
        self.ok("StartLogging", json!({"Name": "audit"}));
    }

    fn open(&mut self, place: &Place) -> Option<(String, DeliveredObject)> {
        self.now += 1;
        let input = OpenDeliveryInput { place: place.clone() };
        self.system(|cx| OpenDelivery::run(&input, cx)).unwrap();
        let batch = self.view.get::<Delivery>(&place.delivery_key())?.open.clone()?;
        Some((batch.unique, DeliveredObject::of(place, &self.view)?))
    }

    fn close(&mut self, place: &Place, unique: String) {
        let input = CloseDeliveryInput { place: place.clone(), unique };
        self.system(|cx| CloseDelivery::run(&input, cx)).unwrap();
    }

    /// The actions of everything that is due in a region, batch after batch.
    fn deliver(&mut self, region: &str) -> Vec<String> {
        let (place, mut all) = (place(region), Vec::new());
        while let Some((unique, object)) = self.open(&place) {
            all.extend(actions(&object));
            self.close(&place, unique);
        }
        all
    }
}

fn place(region: &str) -> Place {
    Place { account: ACCOUNT.into(), home: "us-east-1".into(), trail: "audit".into(), region: region.into() }
}

fn actions(object: &DeliveredObject) -> Vec<String> {
    let records = object.document["Records"].as_array().unwrap().iter();
    records.map(|record| record["eventName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn inputs_are_the_models() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), [""; 0]);
}

#[test]
fn a_trail_is_created_changed_and_forgotten() {
    let mut world = World::new();
    let made = world.ok(
        "CreateTrail",
        json!({"Name": "audit", "S3BucketName": "trails", "S3KeyPrefix": "logs/", "EnableLogFileValidation": false,
            "TagsList": [{"Key": "team", "Value": "a"}]}),
    );
    let arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/audit";
    assert_eq!((&made["TrailARN"], &made["S3KeyPrefix"]), (&json!(arn), &json!("logs")));
    assert_eq!(
        (&made["IncludeGlobalServiceEvents"], &made["IsMultiRegionTrail"]),
        (&json!(true), &json!(false))
    );
    let shown = world.ok("GetTrail", json!({"Name": arn}))["Trail"].clone();
    assert_eq!(
        (&shown["HomeRegion"], &shown["LogFileValidationEnabled"]),
        (&json!("us-east-1"), &json!(false))
    );
    assert_eq!(world.ok("DescribeTrails", json!({}))["trailList"], json!([shown]));
    assert_eq!(world.ok("DescribeTrails", json!({"trailNameList": ["other"]}))["trailList"], json!([]));
    let updated =
        world.ok("UpdateTrail", json!({"Name": "audit", "S3KeyPrefix": "", "S3BucketName": "more"}));
    assert_eq!((&updated["S3BucketName"], &updated["S3KeyPrefix"]), (&json!("more"), &Value::Null));
    let status = world.ok("GetTrailStatus", json!({"Name": "audit"}));
    assert_eq!((&status["IsLogging"], &status["LatestDeliveryTime"]), (&json!(false), &Value::Null));
    world.ok("AddTags", json!({"ResourceId": arn, "TagsList": [{"Key": "stage", "Value": "b"}]}));
    world.ok("RemoveTags", json!({"ResourceId": arn, "TagsList": [{"Key": "team"}]}));
    let tags = world.ok("ListTags", json!({"ResourceIdList": [arn]}))["ResourceTagList"].clone();
    assert_eq!(tags, json!([{"ResourceId": arn, "TagsList": [{"Key": "stage", "Value": "b"}]}]));
    world.trail_is_everywhere();
    world.ok("DeleteTrail", json!({"Name": "audit"}));
    world.refuses("GetTrail", &[(json!({"Name": "audit"}), "TrailNotFoundException")]);
    assert_eq!(world.view.all::<Delivery>().count(), 0);
}

impl World {
    /// From other regions it is seen, by its ARN, and changed from none.
    fn trail_is_everywhere(&mut self) {
        let arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/audit";
        self.in_region("eu-west-1", |world| {
            world.refuses("GetTrail", &[(json!({"Name": arn}), "TrailNotFoundException")]);
            assert_eq!(world.ok("ListTrails", json!({}))["Trails"][0]["HomeRegion"], "us-east-1");
        });
        self.ok("UpdateTrail", json!({"Name": "audit", "IsMultiRegionTrail": true}));
        self.in_region("eu-west-1", |world| {
            assert_eq!(world.ok("DescribeTrails", json!({}))["trailList"][0]["TrailARN"], arn);
            let own = world.ok("DescribeTrails", json!({"includeShadowTrails": false}));
            assert_eq!(own["trailList"], json!([]));
            world.ok("GetTrail", json!({"Name": arn}));
            world.refuses("GetTrail", &[(json!({"Name": "audit"}), "TrailNotFoundException")]);
            world.refuses("StopLogging", &[(json!({"Name": arn}), "InvalidHomeRegionException")]);
            let again = json!({"Name": "audit", "S3BucketName": "trails"});
            world.refuses("CreateTrail", &[(again, "TrailAlreadyExistsException")]);
        });
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let mut world = World::new();
    let create = |name: &str, bucket: &str| json!({"Name": name, "S3BucketName": bucket});
    let with = |member: &str, value: Value| {
        let mut input = create("audit", "trails");
        input[member] = value;
        input
    };
    world.refuses(
        "CreateTrail",
        &[
            (create("ab", "trails"), "InvalidTrailNameException"),
            (create("a..b", "trails"), "InvalidTrailNameException"),
            (create("-ab", "trails"), "InvalidTrailNameException"),
            (create("10.0.0.1", "trails"), "InvalidTrailNameException"),
            (create("audit", "Trails"), "InvalidS3BucketNameException"),
            (create("audit", "t"), "InvalidS3BucketNameException"),
            (with("S3KeyPrefix", json!("x".repeat(201))), "InvalidS3PrefixException"),
            (with("S3KeyPrefix", json!("a b")), "InvalidS3PrefixException"),
            (with("TagsList", json!([{"Key": "aws:x"}])), "InvalidTagParameterException"),
            (
                json!({"Name": "audit", "S3BucketName": "trails", "IsMultiRegionTrail": true,
                    "IncludeGlobalServiceEvents": false}),
                "InvalidParameterCombinationException",
            ),
        ],
    );
    for member in ["EnableLogFileValidation", "IsOrganizationTrail"] {
        let error = world.call("CreateTrail", with(member, json!(true))).unwrap_err();
        assert!(error.message.contains(member), "{error}");
    }
    world.ok("CreateTrail", create("audit", "trails"));
    world.refuses("CreateTrail", &[(create("audit", "trails"), "TrailAlreadyExistsException")]);
    (0..4).for_each(|number| drop(world.ok("CreateTrail", create(&format!("more-{number}"), "trails"))));
    world.refuses("CreateTrail", &[(create("sixth", "trails"), "MaximumNumberOfTrailsExceededException")]);
    let select = |selector: Value| json!({"TrailName": "audit", "EventSelectors": [selector]});
    world.refuses(
        "PutEventSelectors",
        &[
            (json!({"TrailName": "audit", "EventSelectors": []}), "InvalidEventSelectorsException"),
            (select(json!({"IncludeManagementEvents": false})), "InvalidEventSelectorsException"),
            (
                select(json!({"ExcludeManagementEventSources": ["kms.amazonaws.com"]})),
                "InvalidEventSelectorsException",
            ),
        ],
    );
    world.refuses("StartLogging", &[(json!({"Name": "arn:aws:s3:::x"}), "CloudTrailARNInvalidException")]);
    let input = SetTrailStoreInput { endpoint: None };
    world.system(|cx| SetTrailStore::run(&input, cx)).unwrap();
    world.ok("DeleteTrail", json!({"Name": "audit"}));
    let error = world.call("CreateTrail", create("audit", "trails")).unwrap_err();
    assert_eq!(error.code, "S3BucketDoesNotExistException");
    assert!(error.message.contains("--object-store"), "{error}");
}

#[test]
fn a_batch_is_the_same_until_it_is_closed() {
    let mut world = World::new();
    world.event("ec2", "Before", false);
    world.trail(json!({"S3KeyPrefix": "logs"}));
    assert_eq!(world.open(&place("us-east-1")), None, "nothing happened since");
    world.event("ec2", "One", false);
    world.event("ec2", "Two", false);
    let place = place("us-east-1");
    let (unique, first) = world.open(&place).unwrap();
    assert_eq!(actions(&first), ["One", "Two"]);
    let name = format!("123456789012_CloudTrail_us-east-1_20231114T2213Z_{unique}.json.gz");
    assert_eq!(first.key, format!("logs/AWSLogs/123456789012/CloudTrail/us-east-1/2023/11/14/{name}"));
    // The store fails, a new leader comes, more happens: the same object under the same name.
    let failed =
        FailDeliveryInput { place: place.clone(), unique: unique.clone(), error: "Unreachable: no".into() };
    world.system(|cx| FailDelivery::run(&failed, cx)).unwrap();
    world.event("ec2", "Three", false);
    assert_eq!(world.open(&place), Some((unique.clone(), first)));
    let status = world.ok("GetTrailStatus", json!({"Name": "audit"}));
    assert_eq!(status["LatestDeliveryError"], "Unreachable: no");
    assert_eq!(status["LatestDeliveryTime"], Value::Null);
    assert_eq!(status["LatestDeliveryAttemptSucceeded"], "");
    world.close(&place, "ANOTHER".into());
    assert!(world.view.get::<Delivery>(&place.delivery_key()).unwrap().open.is_some());
    world.close(&place, unique.clone());
    let status = world.ok("GetTrailStatus", json!({"Name": "audit"}));
    assert_eq!(status["LatestDeliveryError"], Value::Null);
    assert!(status["LatestDeliveryTime"].is_number(), "{status}");
    let (next, object) = world.open(&place).unwrap();
    assert_eq!(actions(&object), ["Three"]);
    assert_ne!(next, unique);
}

#[test]
fn no_event_is_missed_or_delivered_twice_however_batches_fall() {
    let mut world = World::new();
    world.trail(json!({}));
    let mut delivered = Vec::new();
    let mut expected = Vec::new();
    for number in 0..2_300 {
        let name = format!("Call{number}");
        // Many in one millisecond, whose ids are in no order.
        world.now -= u64::from(number % 7 != 0) * 2;
        world.event("ec2", &name, false);
        expected.push(name);
        if number % 700 == 699 {
            delivered.extend(world.deliver("us-east-1"));
        }
    }
    delivered.extend(world.deliver("us-east-1"));
    delivered.sort();
    expected.sort();
    assert_eq!(delivered, expected);
}

#[test]
fn only_what_happened_while_it_logged_is_delivered() {
    let mut world = World::new();
    world.trail(json!({}));
    world.event("ec2", "First", false);
    world.ok("StopLogging", json!({"Name": "audit"}));
    world.event("ec2", "Between", false);
    world.ok("StartLogging", json!({"Name": "audit"}));
    world.event("ec2", "Second", false);
    world.ok("StopLogging", json!({"Name": "audit"}));
    world.event("ec2", "After", false);
    assert_eq!(world.deliver("us-east-1"), ["First", "Second"]);
    let status = world.ok("GetTrailStatus", json!({"Name": "audit"}));
    assert_eq!(status["IsLogging"], false);
    // Nobody may fill the record by switching.
    let mut switch = || {
        world.now += 10;
        world.call("StartLogging", json!({"Name": "audit"}))?;
        world.now += 10;
        world.call("StopLogging", json!({"Name": "audit"}))
    };
    let refused = (0..40).find_map(|_| switch().err()).unwrap();
    assert_eq!(refused.code, "ThrottlingException");
}

#[test]
fn selectors_and_global_events_decide() {
    let mut world = World::new();
    world.trail(json!({"IncludeGlobalServiceEvents": false}));
    let put = |kind: &str| json!({"TrailName": "audit", "EventSelectors": [{"ReadWriteType": kind}]});
    let fill = |world: &mut World| {
        world.event("ec2", "Write", false);
        world.event("ec2", "Read", true);
        world.event("iam", "User", false);
    };
    fill(&mut world);
    assert_eq!(world.deliver("us-east-1"), ["Write", "Read"]);
    for (kind, expected) in [("WriteOnly", "Write"), ("ReadOnly", "Read")] {
        let shown = world.ok("PutEventSelectors", put(kind));
        assert_eq!(world.ok("GetEventSelectors", json!({"TrailName": "audit"})), shown);
        fill(&mut world);
        assert_eq!(world.deliver("us-east-1"), [expected]);
    }
    world.ok("UpdateTrail", json!({"Name": "audit", "IncludeGlobalServiceEvents": true}));
    world.ok("PutEventSelectors", put("All"));
    fill(&mut world);
    assert_eq!(world.deliver("us-east-1"), ["Write", "Read", "User"]);
}

#[test]
fn a_trail_of_all_regions_delivers_from_each_since_it_is_one() {
    let mut world = World::new();
    world.trail(json!({}));
    world.in_region("eu-west-1", |world| world.event("ec2", "Early", false));
    world.ok("UpdateTrail", json!({"Name": "audit", "IsMultiRegionTrail": true}));
    world.in_region("eu-west-1", |world| world.event("ec2", "There", false));
    world.event("ec2", "Here", false);
    let trail = world.view.all::<Trail>().next().unwrap().record.clone();
    let regions = trail.regions(&"us-east-1".into(), &world.view);
    assert_eq!(regions.len(), 2);
    assert_eq!(world.deliver("eu-west-1"), ["There"]);
    assert_eq!(world.deliver("us-east-1"), ["Here"]);
    let (_, object) = {
        world.in_region("eu-west-1", |world| world.event("ec2", "Again", false));
        world.open(&place("eu-west-1")).unwrap()
    };
    assert!(object.key.starts_with("AWSLogs/123456789012/CloudTrail/eu-west-1/2023/"), "{}", object.key);
    assert_eq!(object.document["Records"][0]["awsRegion"], "eu-west-1");
}
