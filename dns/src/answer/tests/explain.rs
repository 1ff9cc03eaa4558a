//! Explanations, against the answers they explain.

use super::*;
use crate::location::geo_db_tests::{geography, said};
use crate::zone::tests::*;
use controlplane_proto::dns::Zone;
use controlplane_proto::dns::record_set::Policy as Given;

pub(super) fn world(unhealthy: &[&str]) -> World {
    let address = |name: &str, last: u8| set(name, "A", 60, &[&format!("192.0.2.{last}")]);
    let sets = vec![
        set("www.example.com.", "CNAME", 60, &["geo.example.com."]),
        member(alias("geo.example.com.", "A", "eu.example.com.", true), "europe", geolocation("EU"), ""),
        member(address("geo.example.com.", 1), "else", geolocation("*"), ""),
        member(address("eu.example.com.", 2), "main", failover(true), "h1"),
        member(alias("eu.example.com.", "A", "spare.example.com.", true), "spare", failover(false), ""),
        member(address("spare.example.com.", 3), "only", weighted(5), "h2"),
        set("\\052.wild.example.com.", "A", 60, &["192.0.2.4"]),
        set("sub.example.com.", "NS", 60, &["ns.example.net."]),
    ];
    let networks = [("10.5.0.0/16".parse().unwrap(), said("EU", "DE", ""))];
    World::placed(&snapshot(1, sets), unhealthy, geography(&networks))
}

fn explained(world: &mut World, name: &str) -> Explanation {
    let checks = world.checks();
    let World { snapshot, means, .. } = world;
    let client = Client { address: "10.5.1.0".parse().unwrap(), prefix: 24 };
    let asked = Asked { name: &Name::parse(name).unwrap(), kind: RecordType::A, client };
    explain(snapshot, &asked, &mut means.random, &|slot| checks.get(&slot).cloned())
}

#[test]
fn the_tree_says_which_rule_member_and_health_decided() {
    let text = explained(&mut world(&["h1"]), "www.example.com").to_string();
    let expected = "\
zone example.com. (Z1), client in DE
  www.example.com.
    CNAME simple
      ->   geo.example.com.
  geo.example.com.
    A geolocation
       - else * 192.0.2.1
      -> europe EU [target healthy] 
          eu.example.com. A failover
             - main first [check h1 unhealthy] 192.0.2.2
            -> spare second [target healthy] 
                spare.example.com. A weighted
                  -> only weight 5 [check h2 healthy] 192.0.2.3
NoError, for every client in the same /16";
    assert_eq!(text, expected);
}

#[test]
fn explanations_end_where_answers_do() {
    for unhealthy in [&[][..], &["h1"], &["h2"], &["h1", "h2"]] {
        for name in ["www", "geo", "eu", "x.wild", "wild", "nowhere", "x.sub"] {
            let mut world = world(unhealthy);
            let name = format!("{name}.example.com");
            let explanation = explained(&mut world, &name);
            let reply = world.ask_for(&name, "A", "10.5.1.0/24");
            let said = explanation.names.last().and_then(|step| step.group.as_ref()).and_then(last_value);
            let given = reply.answer.last().map(|record| record.data.clone());
            assert_eq!((said, explanation.rcode as u16), (given, reply.rcode), "{name} {unhealthy:?}");
            assert_eq!(reply.scope(Some("10.5.1.0/24".parse().unwrap())), Ok(Some(explanation.scope)));
        }
    }
    let mut world = world(&[]);
    assert_eq!(explained(&mut world, "x.sub.example.com").names[0].found, Finding::Delegated);
    assert_eq!(explained(&mut world, "x.wild.example.com").names[0].found, Finding::Wildcard);
    assert_eq!(explained(&mut world, "example.net").zone, None);
}

#[test]
fn every_policy_is_told_by_its_name_and_with_what_it_goes_by() {
    let cases = [
        (Given::Simple(Default::default()), "simple", ""),
        (weighted(5), "weighted", "weight 5"),
        (failover(true), "failover", "first"),
        (multivalue(), "multivalue", ""),
        (latency("eu-west-1"), "latency", "eu-west-1"),
        (geolocation("US-CA"), "geolocation", "US-CA"),
        (geoproximity(5252, 1341, -7), "geoproximity", "bias -7"),
        (cidr("c1", "near"), "IP-based", "near"),
        (cidr("c1", "*"), "IP-based", "*"),
    ];
    for (policy, name, rule) in cases {
        let one = member(set("p.example.com.", "A", 60, &["192.0.2.1"]), "", policy, "");
        let mut message = snapshot(1, vec![one]);
        message.cidr_collections = vec![collection("c1", &[("near", &["10.0.0.0/8"])])];
        let explanation = explained(&mut World::new(&message, &[]), "p.example.com");
        let group = explanation.names[0].group.as_ref().unwrap();
        assert_eq!((group.policy, group.members[0].rule.as_str()), (name, rule));
    }
}

#[test]
fn a_ds_set_of_a_zones_own_name_is_explained_by_the_zone_above() {
    let mut message = snapshot(1, Vec::new());
    message.zones.push(Zone {
        id: "Z2".to_owned(),
        name: "child.example.com.".to_owned(),
        signing: None,
        serial: 0,
    });
    let World { snapshot, mut means, .. } = World::new(&message, &[]);
    for (kind, expected) in [(RecordType::Ds, "Z1"), (RecordType::A, "Z2")] {
        let client = Client::one(NOBODY);
        let asked = Asked { name: &Name::parse("child.example.com").unwrap(), kind, client };
        let explanation = explain(&snapshot, &asked, &mut means.random, &|_| None);
        assert_eq!(explanation.zone.map(|(id, _)| id).as_deref(), Some(expected), "{kind}");
    }
}

fn last_value(group: &GroupStep) -> Option<String> {
    let member = group.members.iter().find(|member| member.chosen)?;
    member.leads_to.as_ref().map_or_else(|| member.values.first().cloned(), last_value)
}
