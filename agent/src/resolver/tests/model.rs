//! Which zone takes a query, against a model that compares texts.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Zone and names of a handful of labels, so that they meet.
fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof!["a", "b", "c"], 1..4)
        .prop_map(|labels| format!("{}.test.", labels.join(".")))
}

fn lies_in(name: &str, zone: &str) -> bool {
    name == zone || name.ends_with(&format!(".{zone}"))
}

/// The value of `name` as the rules say it: of all zones that hold the name the longest one, and of that what stands at
/// the name and nowhere else.
fn expected(zones: &BTreeMap<String, Vec<String>>, name: &str) -> String {
    let zone = zones.iter().filter(|(zone, _)| lies_in(name, zone)).max_by_key(|(zone, _)| zone.len());
    let Some((zone, names)) = zone else { return "ServFail".to_owned() };
    let number = zones.keys().position(|other| other == zone).unwrap();
    if names.iter().any(|other| other == name) {
        return format!("10.0.0.{number}");
    }
    let exists = name == zone || names.iter().any(|other| lies_in(other, name));
    if exists { "NoError" } else { "NXDomain" }.to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_longest_zone_answers_and_no_other(
        drawn in proptest::collection::btree_map(name(), proptest::collection::vec(name(), 0..6), 1..6),
        elsewhere in proptest::collection::btree_set(name(), 0..3),
        asked_for in proptest::collection::vec(name(), 1..12),
    ) {
        let zones: BTreeMap<String, Vec<String>> = drawn
            .into_iter()
            .map(|(zone, mut names)| {
                names.sort();
                names.dedup();
                names.retain(|name| lies_in(name, &zone));
                (zone, names)
            })
            .collect();
        let ids: Vec<String> = (0..zones.len()).map(|number| format!("Z{number}")).collect();
        let mut told = Told::default().vpc("vpc-a", &ids.iter().map(String::as_str).collect::<Vec<_>>());
        for (number, (zone, names)) in zones.iter().enumerate() {
            told = told.zone(&ids[number], zone);
            for name in names {
                told = told.set(&ids[number], name, "A", &format!("10.0.0.{number}"));
            }
        }
        // Zones of another VPC change nothing here.
        for (number, zone) in elsewhere.iter().enumerate() {
            told = told.zone(&format!("Y{number}"), zone).set(&format!("Y{number}"), zone, "A", "10.9.9.9");
        }
        let others: Vec<String> = (0..elsewhere.len()).map(|number| format!("Y{number}")).collect();
        let told = told.vpc("vpc-b", &others.iter().map(String::as_str).collect::<Vec<_>>());
        block_on_tokio(async {
            let answering = told.answering(nobody_else());
            for name in &asked_for {
                assert_eq!(address(&answering, "vpc-a", name).await, expected(&zones, name), "{name} of {zones:?}");
            }
        });
    }
}
