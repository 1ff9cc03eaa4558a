use super::*;
use controlplane_proto::agent::{Object, Vpc, object};

fn vpc(id: &str) -> Object {
    Object { object: Some(object::Object::Vpc(Vpc { id: id.into(), ..Default::default() })) }
}

fn set(ids: &[&str]) -> DesiredSet {
    DesiredSet::from_objects(ids.iter().map(|id| vpc(id))).unwrap()
}

fn generation(cluster: &str, incarnation: u64, index: u64) -> Generation {
    Generation { cluster_id: cluster.into(), incarnation, index }
}

fn held(index: u64, ids: &[&str]) -> Held {
    Held { generation: Some(generation("c", 1, index)), set: set(ids) }
}

#[test]
fn takes_what_is_newer_and_refuses_the_rest() {
    let five = held(5, &["a"]);
    let newer = set(&["a", "b"]);
    let at = |incarnation, index| generation("c", incarnation, index);
    let cases = [
        ("first contact", Held::default(), newer.to_full(at(1, 1)), Ok(at(1, 1))),
        ("newer full", five.clone(), newer.to_full(at(1, 6)), Ok(at(1, 6))),
        ("newer delta", five.clone(), newer.to_delta(&five.set, at(1, 5), at(1, 9)), Ok(at(1, 9))),
        ("the same again", five.clone(), five.set.to_full(at(1, 5)), Ok(at(1, 5))),
        ("after a restore", five.clone(), newer.to_full(at(2, 1)), Ok(at(2, 1))),
        (
            "older full",
            five.clone(),
            newer.to_full(at(1, 4)),
            Err("generation 1.4 is older than 1.5, which is in force"),
        ),
        (
            "other cluster",
            five.clone(),
            newer.to_full(generation("d", 9, 9)),
            Err("the set is of cluster \"d\", this node belongs to \"c\""),
        ),
        (
            "gap",
            five.clone(),
            newer.to_delta(&five.set, at(1, 6), at(1, 7)),
            Err("the delta builds on 1.6, this node holds 1.5"),
        ),
        (
            "delta on nothing",
            Held::default(),
            newer.to_delta(&five.set, at(1, 5), at(1, 7)),
            Err("the delta builds on 1.5, this node holds none"),
        ),
        ("no generation", five.clone(), Desired::default(), Err("a desired set without a generation")),
    ];
    for (name, before, message, expected) in cases {
        let result =
            before.accept(&message).map(|after| after.generation.unwrap()).map_err(|why| why.to_string());
        assert_eq!(result, expected.map_err(str::to_owned), "{name}");
    }
}

#[test]
fn only_a_broken_delta_asks_for_the_full_set() {
    let five = held(5, &["a"]);
    let at = |index| generation("c", 1, index);
    let mut wrong_delta = set(&["b"]).to_delta(&five.set, at(5), at(6));
    wrong_delta.hash = vec![0; 32];
    let mut wrong_full = set(&["b"]).to_full(at(6));
    wrong_full.hash = vec![0; 32];
    let cases = [
        (set(&["b"]).to_delta(&five.set, at(4), at(6)), true),
        (wrong_delta, true),
        (wrong_full, false),
        (set(&["b"]).to_full(at(4)), false),
    ];
    for (message, wants_full) in cases {
        let refusal = five.accept(&message).unwrap_err();
        assert_eq!(refusal.wants_full(&message), wants_full, "{refusal}");
    }
}
