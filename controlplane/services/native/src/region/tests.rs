use super::*;
use crate::tests::{context, system};
use controlplane_services_kernel::{Context, Operation, ServiceError};

fn declare(zones: &[&str], net: &str, account: &str, cx: &mut Context) -> Result<Vec<String>, ServiceError> {
    let input = DeclareRegionInput {
        name: "us-east-1".into(),
        zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
        public_addresses: net.parse().unwrap(),
        accounts: vec![account.into()],
        is_further: false,
    };
    DeclareRegion::run(&input, cx).map(|output| output.newcomers.iter().map(ToString::to_string).collect())
}

#[test]
fn zones_have_the_ids_aws_gives_them() {
    for (region, letter, name, id) in [
        ("us-east-1", 'a', "us-east-1a", "use1-az1"),
        ("eu-central-1", 'b', "eu-central-1b", "euc1-az2"),
        ("ap-southeast-2", 'c', "ap-southeast-2c", "apse2-az3"),
        ("us-gov-west-1", 'a', "us-gov-west-1a", "usgw1-az1"),
    ] {
        assert_eq!(Zone::of(&region.into(), letter), Zone { name: name.into(), id: id.into() });
    }
}

#[test]
fn a_region_only_grows() {
    let mut cx = context();
    let declared =
        |zones: &[&str], account, cx: &mut Context| declare(zones, "198.18.0.0/16", account, cx).unwrap();
    assert_eq!(declared(&["us-east-1b", "us-east-1a"], "123456789012", &mut cx), ["123456789012"]);
    assert_eq!(declared(&["us-east-1c"], "999999999999", &mut cx), ["999999999999"]);
    assert!(declared(&["us-east-1c"], "999999999999", &mut cx).is_empty());
    let region = Region::current(&cx).unwrap();
    let zones: Vec<&str> = region.zones.iter().map(|zone| zone.name.as_str()).collect();
    assert_eq!(zones, ["us-east-1a", "us-east-1b", "us-east-1c"]);
    assert_eq!(region.accounts.len(), 2);
    assert_eq!(region.zone("us-east-1b"), region.zone_by_id("use1-az2"));
}

#[test]
fn a_later_start_writes_nothing() {
    let mut cx = context();
    declare(&["us-east-1a"], "198.18.0.0/16", "123456789012", &mut cx).unwrap();
    let mut again = Context::new(cx.view.clone(), system(), cx.now, [1; 32]);
    declare(&["us-east-1a"], "198.18.0.0/16", "123456789012", &mut again).unwrap();
    assert!(again.into_changes().is_empty());
}

#[test]
fn what_is_wrong_is_named() {
    for (zones, net, account, expected) in [
        (&["us-west-2a"][..], "198.18.0.0/16", "123456789012", "zones"),
        (&["us-east-1"], "198.18.0.0/16", "123456789012", "zones"),
        (&["us-east-1ab"], "198.18.0.0/16", "123456789012", "zones"),
        (&[], "198.18.0.0/16", "123456789012", "at least one zone"),
        (&["us-east-1a"], "198.18.0.1/16", "123456789012", "publicAddresses"),
        (&["us-east-1a"], "198.18.0.0/30", "123456789012", "publicAddresses"),
        (&["us-east-1a"], "198.18.0.0/16", "1234", "accounts"),
    ] {
        let error = declare(zones, net, account, &mut context()).unwrap_err();
        assert!(error.message.contains(expected), "{zones:?} {net} {account}: {}", error.message);
    }
    let mut cx = context();
    declare(&["us-east-1a"], "198.18.0.0/16", "123456789012", &mut cx).unwrap();
    assert!(declare(&["us-east-1a"], "198.19.0.0/16", "123456789012", &mut cx).is_err());
}

#[test]
fn a_cluster_has_one_home_and_keeps_it() {
    let mut cx = context();
    let mut declare = |name: &str, is_further: bool| {
        let input = DeclareRegionInput {
            name: name.into(),
            zones: vec![format!("{name}a")],
            public_addresses: Region::DEFAULT_PUBLIC_ADDRESSES,
            accounts: vec!["123456789012".into()],
            is_further,
        };
        DeclareRegion::run(&input, &mut cx).map(drop).map_err(|error| error.message)
    };
    assert!(declare("ap-south-1", true).unwrap_err().contains("first region"));
    declare("us-east-1", false).unwrap();
    declare("eu-west-1", true).unwrap();
    for (name, is_further) in [("eu-west-1", false), ("us-east-1", true), ("sa-east-1", false)] {
        let error = declare(name, is_further).unwrap_err();
        assert!(error.contains("us-east-1 is this cluster's first region"), "{name}: {error}");
    }
    declare("ap-south-1", true).unwrap();
    let names: Vec<&str> = Region::all(&cx.view).iter().map(|region| region.name.as_str()).collect();
    assert_eq!(names, ["us-east-1", "ap-south-1", "eu-west-1"]);
    assert!(Region::named(&cx.view, "eu-west-1").is_some() && Region::named(&cx.view, "eu-west-2").is_none());
}
