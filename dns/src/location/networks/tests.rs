//! Tables against a list looked through from end to end.

use super::*;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Network, length, value.
type List = Vec<(u32, u8, u32)>;

/// Classes: the value, its half, and whether there is one.
fn classes(value: u32) -> [u32; 3] {
    [value, if value == NOWHERE { NOWHERE } else { value / 2 }, u32::from(value == NOWHERE)]
}

fn masked(address: u32, len: u8) -> u32 {
    address & (u64::from(u32::MAX) << (32 - len)) as u32
}

fn slowly(list: &List, address: u32) -> u32 {
    let holding = list.iter().filter(|(network, len, _)| masked(address, *len) == masked(*network, *len));
    holding.max_by_key(|(_, len, _)| *len).map_or(NOWHERE, |(.., value)| *value)
}

fn table(list: &List, v6: bool) -> NetworkTable<3> {
    let mut networks = Networks::default();
    for (network, len, value) in list {
        networks.insert(address(masked(*network, *len), v6), *len, *value);
    }
    networks.into_table(classes)
}

/// IPv6 addresses carry the same bits at their front.
fn address(bits: u32, v6: bool) -> IpAddr {
    if v6 { Ipv6Addr::from_bits(u128::from(bits) << 96).into() } else { Ipv4Addr::from_bits(bits).into() }
}

/// Whether all addresses that can differ around `at` have one class: the first of every network and the next ones.
fn uniform(list: &List, at: u32, len: u8, way: usize) -> bool {
    let inside = |address: &u32| masked(*address, len) == masked(at, len);
    let class = classes(slowly(list, at))[way];
    let last = |network: u32, len: u8| network | !(u64::from(u32::MAX) << (32 - len)) as u32;
    let edges = list.iter().flat_map(|(network, len, _)| {
        let (first, last) = (masked(*network, *len), last(masked(*network, *len), *len));
        [first, first.wrapping_sub(1), last, last.wrapping_add(1)]
    });
    edges.chain([masked(at, len)]).filter(inside).all(|address| classes(slowly(list, address))[way] == class)
}

fn any_list() -> impl Strategy<Value = List> {
    // Few bits set, so that networks meet.
    let network = prop::collection::vec(0..32u8, 0..6)
        .prop_map(|bits| bits.into_iter().fold(0u32, |network, bit| network | 1 << bit));
    prop::collection::btree_map((network, 0..=32u8), 0..6u32, 0..20).prop_map(|networks| {
        let mut list = List::new();
        for ((network, len), value) in networks {
            if !list
                .iter()
                .any(|(other, other_len, _)| *other_len == len && masked(*other, len) == masked(network, len))
            {
                list.push((network, len, value));
            }
        }
        list
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn lookups_find_the_longest_network_and_scopes_are_true_and_widest(list in any_list(), v6 in any::<bool>(), at in any::<u32>()) {
        let table = table(&list, v6);
        let near = list.iter().flat_map(|(network, ..)| [*network, network ^ 1, network.wrapping_sub(1)]);
        for at in near.chain([at]) {
            let leaf = table.lookup(address(at, v6));
            prop_assert_eq!(leaf.value, slowly(&list, at));
            for (way, scope) in leaf.scopes.into_iter().enumerate() {
                prop_assert!(uniform(&list, at, scope, way), "{} is not of one class at /{}", address(at, v6), scope);
                prop_assert!(scope == 0 || !uniform(&list, at, scope - 1, way), "{} could be wider than /{}", address(at, v6), scope);
            }
        }
    }
}

#[test]
fn long_tables_are_indexed_and_say_the_same() {
    let list: List = (0..5000u32)
        .map(|number| (number.wrapping_mul(0x9E37_79B9), 8 + (number % 25) as u8, number % 7))
        .collect();
    let mut distinct = std::collections::BTreeMap::new();
    list.iter().for_each(|(network, len, value)| {
        distinct.insert((masked(*network, *len), *len), *value);
    });
    let list: List = distinct.into_iter().map(|((network, len), value)| (network, len, value)).collect();
    for v6 in [false, true] {
        let table = table(&list, v6);
        assert!(!table.v4.index.is_empty() || !table.v6.index.is_empty());
        for number in 0..3000u32 {
            let at = number.wrapping_mul(0x85EB_CA6B) ^ number;
            assert_eq!(table.lookup(address(at, v6)).value, slowly(&list, at));
        }
        for edge in [0, u32::MAX, 0xffff_0000, 0x0000_ffff] {
            assert_eq!(table.lookup(address(edge, v6)).value, slowly(&list, edge));
        }
    }
}
