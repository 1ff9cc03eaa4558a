//! The operator's table, and who is believed about latencies.

use super::*;
use controlplane_types::dns::geography;
use geo_db_tests::{file, said};

fn region(name: &str) -> usize {
    geography::region_number(name).unwrap()
}

#[test]
fn tables_are_read_and_what_is_wrong_is_named() {
    let table = LatencyTable::parse(
        "# mine\n192.0.2.0/24 eu-west-1=12  us-east-1=80 # near\n\n2001:db8::/32\teu-west-1=5\n192.0.2.128/25 us-east-1=1\n",
    )
    .unwrap();
    let known = |address: &str| {
        let client = Geography::default().locate(Client::one(address.parse().unwrap()));
        let Known { costs, scope } = table.known(&client);
        (costs.map(|costs| ["eu-west-1", "us-east-1", "sa-east-1"].map(|name| costs[region(name)])), scope)
    };
    assert_eq!(known("192.0.2.1"), (Some([12, 80, UNKNOWN]), 25));
    assert_eq!(known("192.0.2.129"), (Some([UNKNOWN, 1, UNKNOWN]), 25));
    assert_eq!(known("2001:db8::1"), (Some([5, UNKNOWN, UNKNOWN]), 32));
    assert_eq!(known("10.0.0.1"), (None, 1));
    let cost = |line, word: &str| TableError::Cost { line, word: word.to_owned() };
    let cases = [
        ("192.0.2.0 eu-west-1=1", TableError::Network { line: 1, word: "192.0.2.0".to_owned() }),
        ("\n192.0.2.0/24 eu-west-9=1", cost(2, "eu-west-9=1")),
        ("192.0.2.0/24 eu-west-1", cost(1, "eu-west-1")),
        ("192.0.2.0/24 eu-west-1=65535", cost(1, "eu-west-1=65535")),
        ("192.0.2.0/24 eu-west-1=-1", cost(1, "eu-west-1=-1")),
        ("192.0.2.0/24", TableError::Empty { line: 1 }),
    ];
    for (text, error) in cases {
        assert_eq!(LatencyTable::parse(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn rule_10_latency_4_and_5_what_was_measured_comes_before_the_operators_table_and_that_before_distance() {
    let folder = tempfile::tempdir().unwrap();
    let (geo_db, table) = (folder.path().join("geo.mmdb"), folder.path().join("latencies"));
    std::fs::write(&geo_db, file(&[("192.0.2.0/24".parse().unwrap(), said("EU", "DE", ""))])).unwrap();
    std::fs::write(&table, "192.0.2.0/25 us-east-1=7\n").unwrap();
    let config = LocationConfig { geo_db: Some(geo_db.clone()), latency_table: Some(table) };
    let measured = LatencyTable::parse("192.0.2.0/26 sa-east-1=3 eu-west-1=4").unwrap();
    let geography = Geography::load(&config).unwrap().measured(Some(measured));
    let costs = |geography: &Geography, address: &str, among: &[&str]| {
        let among: Vec<u8> = among.iter().map(|name| region(name) as u8).collect();
        let located = geography.locate(Client::one(address.parse().unwrap()));
        let Known { costs, scope } = geography.costs(&located, &among);
        let nearest = |costs: &Costs| (0..REGIONS).min_by_key(|region| costs[*region]).unwrap();
        (costs.map(|costs| geography::regions()[nearest(costs)].name), scope)
    };
    let three = ["sa-east-1", "eu-west-1", "us-east-1"];
    assert_eq!(costs(&geography, "192.0.2.1", &three), (Some("sa-east-1"), 26));
    assert_eq!(costs(&geography, "192.0.2.65", &three), (Some("us-east-1"), 26));
    assert_eq!(costs(&geography, "192.0.2.129", &three), (Some("eu-central-1"), 25));
    assert_eq!(costs(&geography, "192.0.3.1", &three), (None, 24));
    // What compares fewer than two of the regions decides nothing, but it was asked.
    for among in [&["sa-east-1", "us-east-1"][..], &["sa-east-1"], &[]] {
        assert_eq!(costs(&geography, "192.0.2.1", among), (Some("us-east-1"), 26), "{among:?}");
    }
    assert_eq!(costs(&geography.measured(None), "192.0.2.1", &three), (Some("us-east-1"), 25));
    let missing =
        LocationConfig { latency_table: Some(geo_db.with_extension("no")), ..LocationConfig::default() };
    assert!(matches!(Geography::load(&missing), Err(LocationError::Read { .. })));
    let malformed = LocationConfig { latency_table: Some(geo_db), ..LocationConfig::default() };
    assert!(Geography::load(&malformed).is_err());
}

#[test]
fn whoever_is_in_a_region_has_its_country_and_is_nearest_to_it() {
    for region in geography::regions() {
        let known = Geography::of_region(region.name);
        for address in ["10.0.0.1", "2001:db8::1"] {
            let client = known.locate(Client::one(address.parse().unwrap()));
            let place = known.place(client.place).unwrap_or_else(|| panic!("{} is nowhere", region.name));
            assert!(place.country().is_some() && place.keys[2].is_some(), "{}: {place:?}", region.name);
            assert_eq!((place.at, client.scopes.place), (Some(region.at), 0));
            let costs = known.costs(&client, &[]).costs.unwrap();
            assert_eq!(costs.iter().min(), costs.get(self::region(region.name)), "{}", region.name);
        }
    }
    assert_eq!(
        Geography::of_region("xx-none-1").locate(Client::one("10.0.0.1".parse().unwrap())).place,
        NOWHERE
    );
}
