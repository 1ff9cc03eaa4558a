//! Boxes against the rules they were cut from.

use super::*;
use proptest::prelude::*;

fn v4(text: &str) -> Peer {
    Peer::Cidr(text.parse().unwrap())
}

fn ingress(rules: Vec<(Traffic, Peer)>, groups: &BTreeMap<String, Group>) -> Permissions {
    let rules = rules.into_iter().map(|(traffic, peer)| GroupRule { egress: false, traffic, peer }).collect();
    Permissions::new(&Group { rules, members: Vec::new() }, false, groups)
}

fn permit(a: u16, (first, last): (u16, u16), peer: &str) -> Permit {
    let (_, peer) = addresses(peer.parse().unwrap());
    Permit { a: Span { first: a, last: a }, b: Span { first, last }, peer }
}

#[test]
fn equal_meaning_is_equal_boxes() {
    let none = BTreeMap::new();
    let whole = ingress(vec![(Traffic::Ports(6, 80..=90), v4("10.0.0.0/8"))], &none);
    let pieces = vec![
        (Traffic::Ports(6, 80..=85), v4("10.0.0.0/9")),
        (Traffic::Ports(6, 84..=90), v4("10.0.0.0/9")),
        (Traffic::Ports(6, 80..=90), v4("10.128.0.0/9")),
        (Traffic::Ports(6, 82..=82), v4("10.1.2.3/32")),
    ];
    assert_eq!(ingress(pieces, &none), whole);
    assert_eq!(whole.permits(false, Shape::Ports).collect::<Vec<_>>(), [&permit(6, (80, 90), "10.0.0.0/8")]);
}

#[test]
fn overlaps_are_cut() {
    let rules =
        vec![(Traffic::Ports(6, 22..=22), v4("0.0.0.0/0")), (Traffic::Ports(6, 20..=30), v4("10.0.0.0/8"))];
    let permissions = ingress(rules, &BTreeMap::new());
    let found: Vec<_> = permissions.permits(false, Shape::Ports).copied().collect();
    let expected = [
        permit(6, (20, 21), "10.0.0.0/8"),
        permit(6, (22, 22), "0.0.0.0/0"),
        permit(6, (23, 30), "10.0.0.0/8"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_group_means_its_members_in_their_families() {
    let members = vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap(), "fd00::1".parse().unwrap()];
    let groups = BTreeMap::from([("sg".to_owned(), Group { rules: Vec::new(), members })]);
    let icmp = Traffic::Icmp { version6: false, types: 8..=8, codes: 0..=255 };
    let rules = vec![
        (Traffic::Ports(6, 80..=80), Peer::Group("sg".to_owned())),
        (icmp, Peer::Group("sg".to_owned())),
    ];
    let permissions = ingress(rules, &groups);
    assert_eq!(permissions.permits(false, Shape::Ports).count(), 1, "adjacent members are one range");
    assert_eq!(permissions.permits(true, Shape::Ports).count(), 1);
    assert_eq!(permissions.permits(false, Shape::Icmp).count(), 1);
    assert_eq!(permissions.permits(true, Shape::Icmp).count(), 0);
    let unknown = ingress(vec![(Traffic::Ports(6, 80..=80), Peer::Group("sg-9".to_owned()))], &groups);
    assert_eq!(unknown, Permissions::default());
}

/// Ranges on a small field, so that they meet often; the last value of each field is among them.
fn small_span<T: TryFrom<u128> + Copy + std::fmt::Debug>(maximum: u128) -> impl Strategy<Value = (T, T)> {
    let edge =
        move |value: u128| T::try_from(if value > 8 { maximum - (12 - value) } else { value }).ok().unwrap();
    (0_u128..=12, 0_u128..=12).prop_map(move |(a, b)| (edge(a.min(b)), edge(a.max(b))))
}

fn small_permit() -> impl Strategy<Value = Permit> {
    let side = || small_span::<u16>(u128::from(u16::MAX)).prop_map(|(first, last)| Span { first, last });
    let peer = small_span::<u128>(u128::MAX).prop_map(|(first, last)| Span { first, last });
    (side(), side(), peer).prop_map(|(a, b, peer)| Permit { a, b, peer })
}

fn interesting<T: TryFrom<u128>>(maximum: u128) -> Vec<T> {
    (0..=9).chain(maximum - 4..=maximum).map(|value| T::try_from(value).ok().unwrap()).collect()
}

proptest! {
    #[test]
    fn boxes_admit_what_rules_admit_and_never_overlap(permits in prop::collection::vec(small_permit(), 0..6)) {
        let boxes = disjoint(&permits);
        for a in interesting::<u16>(u128::from(u16::MAX)) {
            for b in interesting::<u16>(u128::from(u16::MAX)) {
                for peer in interesting::<u128>(u128::MAX) {
                    let inside = |permit: &&Permit| {
                        permit.a.contains(a) && permit.b.contains(b) && permit.peer.contains(peer)
                    };
                    let hits = boxes.iter().filter(inside).count();
                    prop_assert_eq!(hits, usize::from(permits.iter().any(|permit| inside(&permit))));
                }
            }
        }
    }

    #[test]
    fn order_does_not_matter(permits in prop::collection::vec(small_permit(), 0..6)) {
        let reversed: Vec<Permit> = permits.iter().rev().copied().collect();
        prop_assert_eq!(disjoint(&permits), disjoint(&reversed));
    }
}
