//! The tables are whole, sorted as the lookups need them, and say what route53.md says.

use super::*;
use std::collections::BTreeSet;

#[test]
fn tables_are_sorted_and_every_row_is_found() {
    assert!(continents().is_sorted_by(|a, b| a.code < b.code));
    assert!(countries().is_sorted_by(|a, b| a.code < b.code));
    assert!(subdivisions().is_sorted_by(|a, b| a.code < b.code));
    assert!(local_zone_groups().is_sorted_by(|a, b| a.name < b.name));
    for country in countries() {
        assert_eq!(country_of(country.code), Some(country));
        assert!(continent(country.continent).is_some(), "{country:?}");
    }
    for subdivision in subdivisions() {
        assert_eq!(subdivision_of(subdivision.code), Some(subdivision));
    }
    for (number, region) in regions().iter().enumerate() {
        assert_eq!((region_number(region.name), region_at(region.name)), (Some(number), Some(region.at)));
    }
    for group in local_zone_groups() {
        assert_eq!(local_zone_group_at(group.name), Some(group.at));
        let parent = regions().iter().any(|region| group.name.starts_with(region.name));
        assert!(parent, "{} belongs to a region", group.name);
    }
    let distinct: BTreeSet<&str> = regions().iter().map(|region| region.name).collect();
    assert_eq!((distinct.len(), subdivisions().len(), continents().len()), (39, 51, 7));
}

#[test]
fn every_point_is_on_earth() {
    let sites = regions().iter().chain(local_zone_groups()).map(|site| site.at);
    let middles = countries().iter().map(|country| country.middle);
    for point in sites.chain(middles).chain(subdivisions().iter().map(|one| one.middle)) {
        assert_eq!(Coordinates::new(point.latitude_hundredths, point.longitude_hundredths), Some(point));
    }
    assert_eq!((Coordinates::new(9001, 0), Coordinates::new(0, -18001)), (None, None));
}

#[test]
fn rule_10_geolocation_6_countries_are_assigned_by_route_53() {
    let cases = [
        ("EU", "TR CY RU XK"),
        ("AS", "GE AM AZ CC IO"),
        ("AF", "RE YT SH"),
        ("AN", "GS TF AQ"),
        ("OC", "UM GU"),
        ("NA", "GL BM"),
        ("SA", "FK"),
    ];
    for (continent, codes) in cases {
        for code in codes.split(' ') {
            assert_eq!(country_of(code).unwrap().continent, continent, "{code}");
        }
    }
    for code in ["BV", "CX", "EH", "HM", "*", "us", "USA", ""] {
        assert_eq!(country_of(code), None, "{code}");
    }
    for territory in ["PR", "GU", "VI", "AS", "MP"] {
        assert_eq!((subdivision_of(territory), country_of(territory).is_some()), (None, true), "{territory}");
    }
}

#[test]
fn distances_are_great_circles() {
    let between = |from: &str, to: &str| region_at(from).unwrap().distance_km(region_at(to).unwrap());
    assert_eq!(between("eu-west-1", "eu-west-1"), 0.0);
    assert!((between("eu-west-2", "eu-west-3") - 343.0).abs() < 10.0, "London to Paris");
    assert!((between("us-east-1", "eu-west-1") - 5440.0).abs() < 60.0, "Virginia to Dublin");
    let (west, east) = (Coordinates::new(0, -17900).unwrap(), Coordinates::new(0, 17900).unwrap());
    assert!((west.distance_km(east) - 222.4).abs() < 1.0, "the antimeridian is no wall");
    let dot: f64 = west.unit_vector().iter().zip(east.unit_vector()).map(|(a, b)| a * b).sum();
    assert!((dot.acos() * EARTH_RADIUS_KM - 222.4).abs() < 1.0, "both ways agree");
}
