use super::*;
use crate::registry::SERVICES;

fn name(account: &str, action: &'static str, class: Class) -> Name {
    Name { account: account.into(), service: "ec2", action, class }
}

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_bucket_empties_and_fills_again() {
    let throttle = Throttle::new("mutating=2:4".parse().unwrap());
    let create = name("1", "CreateVpc", Class::Mutating);
    let outcomes: Vec<Option<Duration>> = [0, 0, 0, 249, 250, 251, 60_000, 60_000, 60_000]
        .map(|now| throttle.take(&create, 1, at(now)).err())
        .into();
    let expected = [None, None, Some(at(250)), Some(at(1)), None, Some(at(249)), None, None, Some(at(250))];
    assert_eq!(outcomes, expected);
    // Each account and each action has its own, and what is not named has none.
    for other in [
        name("2", "CreateVpc", Class::Mutating),
        name("1", "DeleteVpc", Class::Mutating),
        name("1", "DescribeVpcs", Class::NonMutating),
    ] {
        assert_eq!(throttle.take(&other, 1, at(60_000)), Ok(()), "{other:?}");
    }
    throttle.give_back(&[(create.clone(), 1)]);
    assert_eq!(throttle.take(&create, 1, at(60_000)), Ok(()), "it was put back");
}

#[test]
fn limits_are_read_as_they_are_written() {
    let aws: Limits = "aws".parse().unwrap();
    assert_eq!(aws, Limits::aws());
    let rate = |burst, per_second| Some(Rate { burst, per_second });
    let own: Limits = "RunInstances=7:0.5, aws,mutating=3:1".parse().unwrap();
    for (limits, service, action, class, expected) in [
        (&aws, "ec2", "DescribeVpcs", Class::NonMutating, rate(100, 20.0)),
        (&aws, "ec2", "RunInstances", Class::Mutating, rate(5, 2.0)),
        (&aws, "iam", "CreateUser", Class::Mutating, rate(50, 5.0)),
        (&aws, "autoscaling", "CreateTags", Class::Mutating, rate(50, 5.0)),
        (&own, "ec2", "RunInstances", Class::Mutating, rate(7, 0.5)),
        (&own, "ec2", "CreateVpc", Class::Mutating, rate(3, 1.0)),
        (&own, "ec2", "CreateTags", Class::Mutating, rate(100, 10.0)),
        (&Limits::default(), "ec2", "CreateVpc", Class::Mutating, None),
    ] {
        assert_eq!(limits.rate(service, action, class), expected, "{service} {action}");
    }
    for (text, part) in [
        ("", "neither"),
        ("azure", "neither"),
        ("mutating=5", "BURST"),
        ("mutating=0:1", "BURST"),
        ("mutating=1:0", "BURST"),
        ("mutating=1:-1", "BURST"),
        ("mutating=1:NaN", "BURST"),
        ("reading=1:1", "no class"),
        ("RunInstance=1:1", "no class"),
    ] {
        let error = text.parse::<Limits>().unwrap_err().to_string();
        assert!(error.contains(part), "{text:?}: {error}");
    }
}

#[test]
fn every_action_has_a_class() {
    let asked = |service: &'static str, action: &str, body: &str| {
        let owner = SERVICES.iter().find(|found| found.name == service).unwrap();
        let entry = owner.operations.iter().find(|entry| entry.name == action).unwrap();
        let (parts, ()) = http::Request::post("/").body(()).unwrap().into_parts();
        price(&"1".into(), service, entry, &parts, body.as_bytes())[0].0.class
    };
    for (service, action, body, class) in [
        ("ec2", "DescribeVpcs", "", Class::NonMutating),
        ("ec2", "GetConsoleOutput", "", Class::NonMutating),
        ("ec2", "DescribeInstances", "Action=DescribeInstances&InstanceId.1=i-1", Class::Unfiltered),
        ("ec2", "DescribeInstances", "Action=DescribeInstances&MaxResults=5", Class::NonMutating),
        ("ec2", "DescribeInstances", "Filter.1.Name=vpc-id&Filter.1.Value.1=x", Class::NonMutating),
        ("ec2", "CreateVpc", "", Class::Mutating),
        ("ec2", "CreateKeyPair", "", Class::ResourceIntensive),
        ("iam", "ListUsers", "", Class::NonMutating),
        ("iam", "CreateUser", "", Class::Mutating),
    ] {
        assert_eq!(asked(service, action, body), class, "{action} {body}");
    }
}

#[test]
fn buckets_are_bounded() {
    let throttle = Throttle::new("mutating=2:0.001".parse().unwrap());
    for account in 0..MAX_BUCKETS + 100 {
        let bucket = name(&account.to_string(), "CreateVpc", Class::Mutating);
        throttle.take(&bucket, 1, at(account as u64)).unwrap();
    }
    assert_eq!(throttle.buckets.lock().unwrap().len(), MAX_BUCKETS);
    let newest = name(&(MAX_BUCKETS + 99).to_string(), "CreateVpc", Class::Mutating);
    assert!(throttle.take(&newest, 1, at(30_000)).is_ok() && throttle.take(&newest, 1, at(30_000)).is_err());
    // Full ones are forgotten first.
    let later = Duration::from_secs(3_600);
    throttle.take(&name("x", "CreateVpc", Class::Mutating), 1, later).unwrap();
    assert_eq!(throttle.buckets.lock().unwrap().len(), 1);
}

/// A launch costs a request and as many instances as it may start, all or nothing.
#[test]
fn instances_are_counted_besides() {
    let run =
        SERVICES.iter().flat_map(|service| service.operations).find(|entry| entry.name == "RunInstances");
    let (parts, ()) = http::Request::post("/").body(()).unwrap().into_parts();
    let pay = |throttle: &Throttle, form: &str, now| {
        throttle.pay(&price(&"1".into(), "ec2", run.unwrap(), &parts, form.as_bytes()), at(now))
    };
    let throttle = Throttle::new(Limits::aws());
    assert_eq!(pay(&throttle, "MinCount=1&MaxCount=600", 0), Ok(()));
    for _ in 0..9 {
        let refused = pay(&throttle, "MaxCount=500&MinCount=1", 0);
        assert_eq!(
            refused,
            Err(Duration::from_secs(50)),
            "no request is counted that instances are missing for"
        );
    }
    assert_eq!(pay(&throttle, "MaxCount=400", 0), Ok(()));
    assert_eq!(pay(&throttle, "MaxCount=1", 0), Err(at(500)));
    for (form, count) in [("InstanceId.1=i-1&InstanceId.2=i-2", 2), ("MaxCount=x", 1), ("", 1)] {
        assert_eq!(instances(form.as_bytes()), count, "{form}");
    }
    // More than a bucket holds is what it holds, or it could never be paid.
    assert_eq!(pay(&throttle, "MaxCount=5000", 500_000), Ok(()));
}
