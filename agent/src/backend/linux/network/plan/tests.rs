//! Plans without a kernel.

use super::super::desired;
use super::super::model::{Address, Item};
use super::super::tests::wanted::{Wanted, small_vpc};
use super::super::topology::Topology;
use super::super::{Config, Outside};
use super::*;
use controlplane_proto::agent::route::Target;

const VPC: &str = "vpc-1";

fn config() -> Config {
    Config {
        run_dir: "/nowhere".into(),
        prefix: "t".into(),
        host_netns: None,
        outside: Some(Outside { link: "eth0".into(), masquerade: true }),
        underlay: Some("192.0.2.1".parse().unwrap()),
        metadata_port: 80,
    }
}

fn world(wanted: &Wanted) -> World {
    let topology = Topology::new(&wanted.0, config().underlay);
    assert!(topology.problems.is_empty(), "{:?}", topology.problems);
    desired::world(&topology, &config())
}

fn pair() -> Wanted {
    let mut wanted = small_vpc(VPC);
    wanted.route("subnet-vpc-1", "0.0.0.0/0", Target::InternetGateway, "");
    wanted.instance("a", VPC, &["10.0.1.4", "fd00:10::4"], &["sg-vpc-1"]);
    wanted.instance("b", VPC, &["10.0.1.5"], &["sg-vpc-1"]);
    wanted.neighbor("c", VPC, &["10.0.1.6"], "192.0.2.2");
    wanted
}

fn empty() -> World {
    World::from([(Place::Host, Plane::default())])
}

fn words(steps: &[Step]) -> Vec<&'static str> {
    let word = |step: &Step| match step.change {
        Change::RemoveLink(_) => "remove link",
        Change::RemoveItem(_) => "remove item",
        Change::RemoveNamespace => "remove namespace",
        Change::CreateNamespace => "create namespace",
        Change::Set(..) => "set",
        Change::CreateCable { .. } => "cable",
        Change::CreateOverlay { .. } => "overlay",
        Change::Filter(_) => "filter",
        Change::BringUp { .. } => "up",
        Change::AddItem(_) => "add item",
    };
    let mut words: Vec<_> = steps.iter().map(word).collect();
    words.dedup();
    words
}

#[test]
fn no_difference_no_steps() {
    let wanted = world(&pair());
    assert_eq!(plan(&wanted, &wanted), []);
}

#[test]
fn links_go_up_after_the_filters() {
    let steps = plan(&empty(), &world(&pair()));
    let expected = ["create namespace", "set", "overlay", "cable", "set", "filter", "up", "add item"];
    let found = words(&steps);
    assert_eq!(found.iter().filter(|word| **word != "cable").count(), expected.len() - 1, "{found:?}");
    let first = |word| found.iter().position(|other| *other == word);
    assert!(first("cable") < first("filter") && first("filter") < first("up"));
}

#[test]
fn everything_goes_when_nothing_is_wanted() {
    let steps = plan(&world(&pair()), &empty());
    assert_eq!(words(&steps), ["remove link", "remove item", "remove namespace", "filter"]);
}

#[test]
fn a_cable_with_one_wrong_end_is_made_anew() {
    let wanted = world(&pair());
    let near =
        wanted[&Place::Vpc(VPC.into())].links.keys().find(|name| name.starts_with("e-")).unwrap().clone();
    let damages: [fn(&mut Link); 3] = [
        |link| link.alias = "eni-other".into(),
        |link| link.mac = [2, 0, 0, 0, 0, 9],
        |link| link.kind = LinkKind::Vxlan { vni: 1, underlay: [192, 0, 2, 1].into() },
    ];
    for damage in damages {
        let mut found = wanted.clone();
        damage(found.get_mut(&Place::Vpc(VPC.into())).unwrap().links.get_mut(&near).unwrap());
        let steps = plan(&found, &wanted);
        let words = words(&steps);
        assert_eq!(words[..2], ["remove link", "cable"], "{words:?}");
        assert!(!words.contains(&"filter") && words.contains(&"add item"), "{words:?}");
    }
}

#[test]
fn a_link_that_is_down_or_too_small_is_only_set() {
    let wanted = world(&pair());
    let damages: [fn(&mut Link); 2] = [|link| link.up = false, |link| link.mtu = 600];
    for damage in damages {
        let mut found = wanted.clone();
        damage(found.get_mut(&Place::Instance("i-a".into())).unwrap().links.get_mut("eth0").unwrap());
        assert_eq!(words(&plan(&found, &wanted)), ["up"]);
    }
}

#[test]
fn strange_items_go_and_missing_ones_come() {
    let wanted = world(&pair());
    let mut found = wanted.clone();
    let plane = found.get_mut(&Place::Instance("i-a".into())).unwrap();
    let missing = plane.items.pop_first().unwrap();
    let strange = Item::Address(Address { link: "eth0".into(), network: "10.9.9.9/32".parse().unwrap() });
    plane.items.insert(strange.clone());
    let changes: Vec<_> = plan(&found, &wanted).into_iter().map(|step| step.change).collect();
    assert_eq!(changes, [Change::RemoveItem(strange), Change::AddItem(missing)]);
}

#[test]
fn an_instance_that_leaves_takes_only_its_own_along() {
    let (before, mut after) = (world(&pair()), pair());
    after.remove_instance("b");
    let steps = plan(&before, &world(&after));
    let places: BTreeSet<&Place> = steps.iter().map(|step| &step.place).collect();
    assert!(!places.contains(&Place::Instance("i-a".into())), "{places:?}");
    assert!(steps.iter().any(|step| step.change == Change::RemoveNamespace));
    assert_eq!(steps.iter().filter(|step| matches!(step.change, Change::Filter(_))).count(), 1);
}
