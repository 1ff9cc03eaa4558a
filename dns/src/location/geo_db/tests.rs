//! Files written here, in MaxMind's format, and read back; other tests make their worlds with the writer.

use super::*;
use crate::location::{Client, NOWHERE as NO_PLACE};
use ipnet::IpNet;
use std::net::IpAddr;

/// What a record of a file says; empty and absent are the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) continent: &'static str,
    pub(crate) country: &'static str,
    pub(crate) subdivision: &'static str,
    /// Degrees.
    pub(crate) at: Option<(f64, f64)>,
}

pub(crate) const fn said(continent: &'static str, country: &'static str, subdivision: &'static str) -> Said {
    Said { continent, country, subdivision, at: None }
}

#[derive(Clone, Copy, Debug)]
enum Record {
    Empty,
    Node(usize),
    Data(usize),
}

/// A file in which longer networks win. IPv4 lies at ::/96 of the tree, as in MaxMind's own files.
pub(crate) fn file(networks: &[(IpNet, Said)]) -> Vec<u8> {
    let mut sorted: Vec<&(IpNet, Said)> = networks.iter().collect();
    sorted.sort_by_key(|(network, _)| network.prefix_len());
    let mut data = Vec::new();
    let mut nodes = vec![[Record::Empty; 2]];
    for (network, said) in sorted {
        let (bits, len) = match network {
            IpNet::V4(network) => (u128::from(network.network().to_bits()), 96 + network.prefix_len()),
            IpNet::V6(network) => (network.network().to_bits(), network.prefix_len()),
        };
        place(&mut nodes, bits, len, data.len());
        encode_record(said, &mut data);
    }
    let mut out = Vec::new();
    for record in nodes.iter().flatten() {
        let value = match record {
            Record::Empty => nodes.len(),
            Record::Node(number) => *number,
            Record::Data(offset) => nodes.len() + 16 + offset,
        };
        out.extend_from_slice(&(value as u32).to_be_bytes());
    }
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&data);
    out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    encode_metadata(nodes.len() as u32, &mut out);
    out
}

fn place(nodes: &mut Vec<[Record; 2]>, bits: u128, len: u8, offset: usize) {
    assert!(len > 0, "a network of everything has no place in the tree");
    let mut at = 0;
    for depth in 0..len {
        let side = (bits >> (127 - depth) & 1) as usize;
        if depth + 1 == len {
            nodes[at][side] = Record::Data(offset);
            return;
        }
        at = match nodes[at][side] {
            Record::Node(next) => next,
            shorter => {
                nodes.push([shorter; 2]);
                nodes[at][side] = Record::Node(nodes.len() - 1);
                nodes.len() - 1
            }
        };
    }
}

fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    assert!(size < 29);
    match kind {
        1..=7 => out.push(kind << 5 | size as u8),
        _ => out.extend_from_slice(&[size as u8, kind - 7]),
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    control(2, text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn pair(key: &str, value: &str, out: &mut Vec<u8>) {
    text(key, out);
    text(value, out);
}

fn encode_record(said: &Said, out: &mut Vec<u8>) {
    let area = |name: &str, key: &str, code: &str| -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        text(name, &mut bytes);
        control(7, 1, &mut bytes);
        pair(key, code, &mut bytes);
        Some(bytes).filter(|_| !code.is_empty())
    };
    let subdivisions = (!said.subdivision.is_empty()).then(|| {
        let mut bytes = Vec::new();
        text("subdivisions", &mut bytes);
        control(11, 1, &mut bytes);
        control(7, 1, &mut bytes);
        pair("iso_code", said.subdivision, &mut bytes);
        bytes
    });
    let location = said.at.map(|(north, east)| {
        let mut bytes = Vec::new();
        text("location", &mut bytes);
        control(7, 3, &mut bytes);
        for (key, value) in [("latitude", north), ("longitude", east)] {
            text(key, &mut bytes);
            control(3, 8, &mut bytes);
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        pair("time_zone", "Europe/Berlin", &mut bytes);
        bytes
    });
    let members = [
        area("continent", "code", said.continent),
        area("country", "iso_code", said.country),
        subdivisions,
        location,
    ];
    let members: Vec<Vec<u8>> = members.into_iter().flatten().collect();
    control(7, members.len(), out);
    out.extend(members.concat());
}

fn encode_metadata(nodes: u32, out: &mut Vec<u8>) {
    control(7, 9, out);
    for (key, value) in [
        ("binary_format_major_version", 2u16),
        ("binary_format_minor_version", 0),
        ("ip_version", 6),
        ("record_size", 32),
    ] {
        text(key, out);
        control(5, 2, out);
        out.extend_from_slice(&value.to_be_bytes());
    }
    text("node_count", out);
    control(6, 4, out);
    out.extend_from_slice(&nodes.to_be_bytes());
    text("build_epoch", out);
    control(9, 8, out);
    out.extend_from_slice(&1u64.to_be_bytes());
    pair("database_type", "Test-City", out);
    text("languages", out);
    control(11, 0, out);
    text("description", out);
    control(7, 0, out);
}

/// What is read from a file with these networks.
pub(crate) fn geography(networks: &[(IpNet, Said)]) -> Geography {
    read(&Reader::from_source(file(networks)).unwrap()).unwrap()
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

#[test]
fn what_a_file_says_is_found_by_address() {
    let berlin = Said { at: Some((52.52, 13.405)), ..said("EU", "DE", "BE") };
    let geography = geography(&[
        (net("192.0.2.0/24"), berlin.clone()),
        (net("198.51.100.0/25"), said("NA", "US", "CA")),
        (net("198.51.100.128/25"), said("NA", "US", "")),
        (net("203.0.113.0/24"), said("AS", "TR", "")),
        (net("2001:db8::/32"), said("EU", "", "")),
        (net("2001:db8:1::/48"), berlin),
    ]);
    let at = |address: &str| {
        let located = geography.locate(Client::one(address.parse::<IpAddr>().unwrap()));
        let place = geography.place(located.place);
        (place.map(|place| place.keys.map(|key| key.map(LocationKey::text))), located.scopes)
    };
    let keys = |keys: [&str; 3]| Some(keys.map(|key| (!key.is_empty()).then(|| key.to_owned())));
    let scopes = |place, subdivision, country, continent| Scopes { place, subdivision, country, continent };
    assert_eq!(at("192.0.2.7"), (keys(["DE-BE", "DE", "EU"]), scopes(24, 24, 24, 24)));
    assert_eq!(at("198.51.100.1"), (keys(["US-CA", "US", "NA"]), scopes(25, 25, 24, 24)));
    assert_eq!(at("198.51.100.200"), (keys(["", "US", "NA"]), scopes(25, 25, 24, 24)));
    assert_eq!(at("203.0.113.1").0, keys(["", "TR", "EU"]), "Route 53's continent, not the file's");
    assert_eq!(at("2001:db8:1::1"), (keys(["DE-BE", "DE", "EU"]), scopes(48, 48, 48, 32)));
    assert_eq!(at("2001:db8:2::1"), (keys(["", "", "EU"]), scopes(47, 47, 47, 32)));
    assert_eq!(at("10.0.0.1").0, None);
    let nowhere = geography.locate(Client::one("10.0.0.1".parse().unwrap()));
    assert_eq!((nowhere.place, nowhere.scopes.place), (NO_PLACE, 1));
}

#[test]
fn a_place_without_coordinates_is_in_the_middle_of_what_is_known() {
    let cases = [
        (Said { at: Some((52.52, 13.405)), ..said("EU", "DE", "BE") }, Some((5252, 1341))),
        (said("NA", "US", "HI"), Some((2030, -15640))),
        (said("EU", "DE", "BE"), Some((5110, 1040))),
        (said("EU", "", ""), None),
        (Said { at: Some((91.0, 0.0)), ..Said::default() }, None),
    ];
    for (said, expected) in cases {
        let geography = geography(&[(net("192.0.2.0/24"), said)]);
        let at = geography.place(0).unwrap().at;
        assert_eq!(at.map(|at| (at.latitude_hundredths, at.longitude_hundredths)), expected);
    }
}

#[test]
fn what_is_no_such_file_is_refused() {
    let whole = file(&[(net("192.0.2.0/24"), said("EU", "DE", ""))]);
    assert!(Reader::from_source(whole[..40].to_vec()).is_err());
    let mut damaged = whole.clone();
    let data = damaged.windows(9).position(|octets| octets == b"continent").unwrap() - 1;
    damaged[data] = 0xff;
    let reader = Reader::from_source(damaged).unwrap();
    assert!(matches!(read(&reader), Err(GeoDbError::Read(_))));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(load(&folder.path().join("none.mmdb")), Err(GeoDbError::Read(_))));
}
