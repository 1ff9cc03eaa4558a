use super::*;
use crate::agent::{Image, Instance, Vpc};

fn vpc(id: &str, vni: u32) -> Object {
    Object { object: Some(object::Object::Vpc(Vpc { id: id.into(), vni, ..Default::default() })) }
}

fn instance(id: &str, run: u64) -> Object {
    Object { object: Some(object::Object::Instance(Instance { id: id.into(), run, ..Default::default() })) }
}

fn image(id: &str) -> Object {
    Object { object: Some(object::Object::Image(Image { id: id.into(), ..Default::default() })) }
}

fn set(objects: &[Object]) -> DesiredSet {
    DesiredSet::from_objects(objects.iter().cloned()).unwrap()
}

fn generation(index: u64) -> Generation {
    Generation { cluster_id: "c".into(), incarnation: 1, index }
}

#[test]
fn kinds_are_sorted_and_complete() {
    assert!(KINDS.is_sorted());
    for object in [vpc("a", 1), instance("a", 1), image("a")] {
        assert!(KINDS.contains(&ObjectRef::of(&object).unwrap().kind));
    }
}

#[test]
fn hash_depends_on_content_and_not_on_order() {
    let one = set(&[vpc("vpc-1", 1), instance("i-1", 1)]);
    assert_eq!(one.hash(), set(&[instance("i-1", 1), vpc("vpc-1", 1)]).hash());
    for other in [set(&[]), set(&[vpc("vpc-1", 1)]), set(&[vpc("vpc-1", 2), instance("i-1", 1)])] {
        assert_ne!(one.hash(), other.hash());
    }
    assert_eq!(one.hash().len(), 32);
}

#[test]
fn full_and_delta_lead_to_the_same_set() {
    let base = set(&[vpc("vpc-1", 1), instance("i-1", 1), image("ami-1")]);
    let cases = [
        ("nothing", base.clone(), 0, 0),
        ("one added", set(&[vpc("vpc-1", 1), instance("i-1", 1), image("ami-1"), image("ami-2")]), 1, 0),
        ("one changed", set(&[vpc("vpc-1", 1), instance("i-1", 2), image("ami-1")]), 1, 0),
        ("one removed", set(&[vpc("vpc-1", 1), image("ami-1")]), 0, 1),
        ("all removed", DesiredSet::default(), 0, 3),
    ];
    for (name, wanted, objects, removed) in cases {
        let delta = wanted.to_delta(&base, generation(1), generation(2));
        assert_eq!((delta.objects.len(), delta.removed.len()), (objects, removed), "{name}");
        assert_eq!(base.apply(&delta).unwrap(), wanted, "{name}: delta");
        assert_eq!(base.apply(&wanted.to_full(generation(2))).unwrap(), wanted, "{name}: full");
    }
}

#[test]
fn a_delta_on_another_base_is_noticed() {
    let base = set(&[vpc("vpc-1", 1)]);
    let wanted = set(&[vpc("vpc-1", 1), vpc("vpc-2", 2)]);
    let delta = wanted.to_delta(&base, generation(1), generation(2));
    assert_eq!(set(&[vpc("vpc-1", 7)]).apply(&delta), Err(DesiredError::HashMismatch));
}

#[test]
fn bad_messages_are_refused() {
    let cases = [
        (vec![Object { object: None }], vec![], DesiredError::UnknownObject),
        (vec![vpc("", 1)], vec![], DesiredError::NoId { kind: "vpc" }),
        (vec![vpc("a", 1), vpc("a", 2)], vec![], DesiredError::Duplicate { kind: "vpc", id: "a".into() }),
        (
            vec![],
            vec![ObjectKey { kind: "moon".into(), id: "m".into() }],
            DesiredError::UnknownKind { kind: "moon".into(), id: "m".into() },
        ),
        (vec![vpc("a", 1)], vec![], DesiredError::HashMismatch),
    ];
    for (objects, removed, error) in cases {
        let message = Desired { objects, removed, ..Default::default() };
        assert_eq!(DesiredSet::default().apply(&message), Err(error));
    }
}

/// A VPC as a later version might describe it.
#[derive(Clone, PartialEq, Message)]
struct LaterVpc {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "1000")]
    unheard_of: String,
}

/// A desired object as a later version might know it.
#[derive(Clone, PartialEq, Message)]
struct LaterObject {
    #[prost(message, tag = "1")]
    vpc: Option<LaterVpc>,
    #[prost(message, tag = "1000")]
    unheard_of: Option<LaterVpc>,
}

/// What is left of `object` after this version has read it.
fn as_read_here(object: &LaterObject) -> Object {
    Object::decode(&*object.encode_to_vec()).unwrap()
}

#[test]
fn what_a_later_version_adds_is_noticed_and_never_left_out() {
    let with = |unheard_of: &str| LaterVpc { id: "vpc-1".into(), unheard_of: unheard_of.into() };
    let cases = [
        ("nothing new", LaterObject { vpc: Some(with("")), unheard_of: None }, Ok(1)),
        (
            "a new field",
            LaterObject { vpc: Some(with("x")), unheard_of: None },
            Err(DesiredError::HashMismatch),
        ),
        (
            "a new kind",
            LaterObject { vpc: None, unheard_of: Some(with("")) },
            Err(DesiredError::UnknownObject),
        ),
    ];
    for (name, object, expected) in cases {
        let mut hashed = Context::new(&SHA256);
        hashed.update(&object.encode_length_delimited_to_vec());
        let message = Desired {
            generation: Some(generation(1)),
            objects: vec![as_read_here(&object)],
            hash: hashed.finish().as_ref().to_vec(),
            ..Default::default()
        };
        assert_eq!(DesiredSet::default().apply(&message).map(|set| set.len()), expected, "{name}");
    }
}

#[test]
fn generations_compare_within_a_cluster() {
    let of =
        |cluster: &str, incarnation, index| Generation { cluster_id: cluster.into(), incarnation, index };
    let cases = [
        (of("c", 1, 5), of("c", 1, 5), Some(Ordering::Equal)),
        (of("c", 1, 6), of("c", 1, 5), Some(Ordering::Greater)),
        (of("c", 2, 1), of("c", 1, 5), Some(Ordering::Greater)),
        (of("c", 1, 4), of("c", 1, 5), Some(Ordering::Less)),
        (of("d", 9, 9), of("c", 1, 5), None),
    ];
    for (a, b, expected) in cases {
        assert_eq!(a.compare(&b), expected, "{a:?} {b:?}");
    }
}

/// Any two sets: what one sends, the other understands, and equal hashes mean equal sets.
#[test]
fn random_histories_converge() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let (mut held, mut at) = (DesiredSet::default(), 0);
    for index in 1..500 {
        let mut wanted = held.clone();
        for _ in 0..random(4) {
            let id = format!("x-{}", random(12));
            match random(4) {
                0 => wanted.insert(vpc(&id, random(3) as u32)).unwrap(),
                1 => wanted.insert(instance(&id, random(3))).unwrap(),
                2 => _ = wanted.remove(&ObjectRef { kind: "vpc", id }),
                _ => _ = wanted.remove(&ObjectRef { kind: "instance", id }),
            }
        }
        let delta = wanted.to_delta(&held, generation(at), generation(index));
        assert_eq!(delta.objects.is_empty() && delta.removed.is_empty(), wanted == held);
        assert_eq!(wanted.hash() == held.hash(), wanted == held);
        held = held.apply(&delta).unwrap();
        assert_eq!(held, wanted);
        at = index;
    }
}
