//! route53.md section 2, rule by rule.

use super::*;
use proptest::prelude::*;

#[test]
fn rule_2_2_the_trailing_dot_is_optional_in_and_always_there_out() {
    for text in ["example.com", "example.com."] {
        assert_eq!(Name::parse(text).unwrap().to_string(), "example.com.");
    }
    assert_eq!(Name::parse(".").unwrap().to_string(), ".");
}

#[test]
fn rule_2_3_letters_are_lower_cased_escapes_included() {
    assert_eq!(Name::parse("WWW.\\105xample.COM").unwrap().to_string(), "www.example.com.");
    assert_eq!(
        format(&parse("WWW.Example.COM").unwrap()),
        "WWW.Example.COM.",
        "inside values the case stays"
    );
}

#[test]
fn rules_2_4_and_2_5_octets_and_escapes() {
    let cases = [
        ("*.example.com", "\\052.example.com."),
        ("\\052.example.com", "\\052.example.com."),
        ("a\\056b.example.com", "a\\056b.example.com."),
        ("a@b!.example.com", "a\\100b\\041.example.com."),
        ("_sip._tcp.x-1.", "_sip._tcp.x-1."),
        ("\\000\\377.x", "\\000\\377.x."),
    ];
    for (input, output) in cases {
        assert_eq!(Name::parse(input).unwrap().to_string(), output, "{input}");
    }
    assert!(Name::parse("\\052.example.com").unwrap().is_wildcard());
    assert!(!Name::parse("a\\052.example.com").unwrap().is_wildcard());
    assert!(!Name::parse("a.*.example.com").unwrap().is_wildcard());
}

#[test]
fn rules_2_1_and_2_4_refusals() {
    let long_label = "a".repeat(64);
    let long_name = vec!["a".repeat(63); 4].join(".");
    let cases = [
        ("", NameError::Empty),
        ("a..b", NameError::LabelEmpty),
        (".a", NameError::LabelEmpty),
        ("..", NameError::LabelEmpty),
        (long_label.as_str(), NameError::LabelTooLong),
        (long_name.as_str(), NameError::TooLong),
        ("a b", NameError::UnsupportedCharacter),
        ("ä.example", NameError::UnsupportedCharacter),
        ("a\u{7f}", NameError::UnsupportedCharacter),
        ("\\08.x", NameError::BadEscape),
        ("\\400.x", NameError::BadEscape),
        ("\\05", NameError::BadEscape),
        ("a\\.b", NameError::BadEscape),
    ];
    for (input, error) in cases {
        assert_eq!(Name::parse(input), Err(error), "{input}");
    }
    let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "a".repeat(61));
    assert_eq!(Name::parse(&longest).unwrap().as_wire().len(), MAX_WIRE);
}

#[test]
fn relations_go_by_labels_not_by_octets() {
    let zone = Name::parse("example.com").unwrap();
    let cases = [("example.com", true), ("a.example.com", true), ("badexample.com", false), ("com", false)];
    for (text, within) in cases {
        assert_eq!(Name::parse(text).unwrap().is_within(&zone), within, "{text}");
    }
    // The octets of `\007example\003com` end like the zone, yet they are one label.
    assert!(!Name::parse("\\007example\\003com").unwrap().is_within(&zone));
    assert!(zone.is_within(&Name::parse(".").unwrap()));
    assert_eq!(zone.parent(), Some(Name::parse("com").unwrap()));
    assert_eq!(Name::parse(".").unwrap().parent(), None);
}

#[test]
fn rule_18_8_listing_compares_one_string() {
    let mut names: Vec<Name> = ["example.com", "a.example.com", "example-a.com"]
        .iter()
        .map(|text| Name::parse(text).unwrap())
        .collect();
    names.sort_by_key(Name::listing_key);
    let listed: Vec<String> = names.iter().map(Name::to_string).collect();
    assert_eq!(listed, ["example-a.com.", "example.com.", "a.example.com."]);
}

proptest! {
    #[test]
    fn text_and_wire_lead_back(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..12), 1..8)) {
        let mut wire = Vec::new();
        for label in &labels {
            wire.push(label.len() as u8);
            wire.extend_from_slice(label);
        }
        wire.push(0);
        prop_assert_eq!(parse(&format(&wire)).unwrap(), wire.clone());
        let name = Name::from_wire(&wire).unwrap();
        prop_assert_eq!(Name::parse(&name.to_string()).unwrap(), name);
    }

    #[test]
    fn any_text_is_taken_or_refused(text in "[a-c0-9.\\\\*é ]{0,40}") {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(&name.to_string()).unwrap(), name);
        }
    }

    #[test]
    fn any_octets_are_taken_or_refused(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(name) = Name::from_wire(&octets) {
            prop_assert_eq!(name.as_wire().len(), octets.len());
        }
    }
}
