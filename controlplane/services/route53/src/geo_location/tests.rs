use crate::tests::World;
use serde_json::{Value, json};

/// Every location, by seven on a page.
fn all(world: &mut World) -> Vec<Value> {
    let (mut found, mut request) = (Vec::new(), json!({"MaxItems": "7"}));
    loop {
        let answer = world.ok("ListGeoLocations", request);
        found.extend(answer["GeoLocationDetailsList"].as_array().unwrap().clone());
        if answer["IsTruncated"] == json!(false) {
            return found;
        }
        request = json!({"MaxItems": "7"});
        for member in ["ContinentCode", "CountryCode", "SubdivisionCode"] {
            if let Some(code) = answer[format!("Next{member}")].as_str() {
                request[format!("Start{member}")] = json!(code);
            }
        }
    }
}

#[test]
fn countries_come_first_with_their_parts_and_continents_last() {
    let mut world = World::new();
    let all = all(&mut world);
    assert_eq!(all[0], json!({"CountryCode": "*", "CountryName": "Default"}));
    let place = |code: &str| all.iter().position(|found| found["CountryCode"] == code).unwrap();
    let us = place("US");
    assert_eq!(all[us], json!({"CountryCode": "US", "CountryName": "United States"}));
    let parts = all.iter().filter(|found| found["SubdivisionCode"].is_string()).count();
    assert!(parts >= 50 && all[us + 1..=us + parts].iter().all(|found| found["CountryCode"] == "US"));
    let codes: Vec<&Value> = all[us + 1..=us + parts].iter().map(|found| &found["SubdivisionCode"]).collect();
    assert!(codes.is_sorted_by_key(|code| code.as_str()));
    let continents: Vec<&Value> = all[all.len() - 7..].iter().map(|found| &found["ContinentCode"]).collect();
    assert_eq!(continents, ["AF", "AN", "AS", "EU", "NA", "OC", "SA"]);
    // What is listed can be asked for, and routed by.
    for found in &all {
        let input: Value = ["ContinentCode", "CountryCode", "SubdivisionCode"]
            .iter()
            .filter_map(|member| Some(((*member).to_owned(), found.get(member)?.clone())))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(&world.ok("GetGeoLocation", input)["GeoLocationDetails"], found);
    }
}

#[test]
fn what_is_no_location() {
    let mut world = World::new();
    for (input, code) in [
        (json!({}), "InvalidInput"),
        (json!({"SubdivisionCode": "CA"}), "InvalidInput"),
        (json!({"ContinentCode": "EU", "CountryCode": "DE"}), "InvalidInput"),
        (json!({"CountryCode": "BV"}), "NoSuchGeoLocation"),
        (json!({"CountryCode": "DE", "SubdivisionCode": "BY"}), "NoSuchGeoLocation"),
        (json!({"ContinentCode": "XX"}), "NoSuchGeoLocation"),
    ] {
        assert_eq!(world.fails("GetGeoLocation", input.clone()), code, "{input}");
    }
    assert_eq!(world.fails("ListGeoLocations", json!({"StartCountryCode": "XX"})), "InvalidInput");
}
