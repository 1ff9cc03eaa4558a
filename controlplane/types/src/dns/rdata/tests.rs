//! route53.md section 1: what each type takes, what it refuses and with which problem, and the way back.

mod shapes;

use super::*;
use proptest::prelude::*;

/// Value, its wire form in hexadecimal.
const TAKEN: &[(&str, &str, &str)] = &[
    ("A", "192.0.2.44", "c000022c"),
    ("AAAA", "2001:db8::1", "20010db8000000000000000000000001"),
    ("NS", "ns.example.com", "026e73076578616d706c6503636f6d00"),
    ("CNAME", "A.b.", "0141016200"),
    ("PTR", "\\052.b", "012a016200"),
    ("MX", "10 m.x", "000a016d017800"),
    ("MX", "0 .", "000000"),
    ("SRV", "1 2 5060 s.x.", "0001000213c40173017800"),
    (
        "SOA",
        "n.x h.x 1 7200 900 1209600 86400",
        "016e01780001680178000000000100001c20000003840012750000015180",
    ),
    ("TXT", "\"a b\"", "03612062"),
    ("TXT", "\"a\" \"\\\"\\\\\\000\\377\"", "01610422 5c00ff"),
    ("TXT", "\"\"", "00"),
    ("SPF", "\"v=spf1 -all\"", "0b763d73706631202d616c6c"),
    ("CAA", "0 issue \"ca.example\"", "000569737375 6563612e6578616d706c65"),
    (
        "NAPTR",
        "100 50 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .",
        "0064003201750745325 52b7369700e215e2e2a24217369703a61406221 00",
    ),
    ("NAPTR", "1 2 \"S\" \"\" \"\" a.b", "00010002015300000161016200"),
    (
        "DS",
        "123 13 2 00000000000000000000000000000000 0000000000000000000000000000000A",
        "007b0d02000000000000000000000000000000000000000000000000000000000000000a",
    ),
    ("SSHFP", "4 1 00112233445566778899aabbccddeeff00112233", "040100112233445566778899aabbccddeeff00112233"),
    ("TLSA", "3 1 0 abCD", "030100abcd"),
    ("HTTPS", "1 .", "000100"),
    ("HTTPS", "0 a.b.", "00000161016200"),
    ("HTTPS", "1 . alpn=h2,h3 port=8443", "00010000010006026832026833 0003000220fb"),
    ("HTTPS", "1 . port=\"53\" no-default-alpn alpn=\"h2\"", "00010000010003026832 00020000 000300020035"),
    (
        "SVCB",
        "16 a. mandatory=port,alpn alpn=h2 port=1",
        "001001610000000004000100030001000302683200030002 0001",
    ),
    (
        "SVCB",
        "1 . ipv4hint=1.2.3.4,5.6.7.8 ipv6hint=::1",
        "0001000004000801020304050607080006001000000000000000000000000000000001",
    ),
    ("SVCB", "1 . alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "000100000100 0c08665c6f6f2c6261720268 32"),
    ("SVCB", "1 . key667=hello", "00010002 9b000568656c6c6f"),
    ("SVCB", "1 . ech=AAEC", "000100000500030001 02"),
];

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|char| char.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

#[test]
fn rules_1_8_to_1_15_what_is_taken() {
    for (kind, value, wire) in TAKEN {
        let parsed = parse(kind, value).unwrap_or_else(|error| panic!("{kind} {value}: {error}"));
        assert_eq!(parsed, hex(wire), "{kind} {value}");
    }
    let types: std::collections::BTreeSet<&str> = TAKEN.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(types.len(), RecordType::ALL.len(), "every type is in the table");
}

#[test]
fn what_is_printed_is_taken_again() {
    for (kind, value, _) in TAKEN {
        let wire = parse(kind, value).unwrap();
        let text = format(RecordType::parse(kind).unwrap(), &wire).unwrap();
        assert_eq!(parse(kind, &text), Ok(wire), "{kind} {text}");
    }
}

#[test]
fn rule_1_16_refusals_carry_route_53s_problem() {
    let long = std::format!("\"{}\"", "a".repeat(256));
    let huge = "a".repeat(4001);
    let label = "a".repeat(64);
    let cases = [
        ("A", "1.2.3", "ARRDATAIllegalIPv4Address"),
        ("A", "1.2.3.4 ", "ARRDATAIllegalIPv4Address"),
        ("A", "01.2.3.4", "ARRDATAIllegalIPv4Address"),
        ("A", "", "ARRDATAIllegalIPv4Address"),
        ("AAAA", "1.2.3.4", "AAAARRDATAIllegalIPv6Address"),
        ("AAAA", "fe80::1%eth0", "AAAARRDATAIllegalIPv6Address"),
        ("CNAME", "", "DomainNameEmpty"),
        ("CNAME", ".", "DomainNameEmpty"),
        ("CNAME", "a b", "UnsupportedCharacter"),
        ("CNAME", "ä.x", "UnsupportedCharacter"),
        ("CNAME", "a..b", "DomainLabelEmpty"),
        ("NS", label.as_str(), "DomainLabelTooLong"),
        ("MX", "mail.x", "MXRRDATAIllegalPriority"),
        ("MX", "10", "MXRRDATANotTwoFields"),
        ("MX", "65536 a", "MXRRDATAIllegalPriority"),
        ("MX", "+1 a", "MXRRDATAIllegalPriority"),
        ("MX", "1 a b", "MXRRDATANotTwoFields"),
        ("SRV", "1 2 a.b", "SRVRRDATAIllegalNumber"),
        ("SRV", "1 2 3", "SRVRRDATANotFourFields"),
        ("SOA", "a b 1 2 3 4", "SOARRDATANotSevenFields"),
        ("SOA", "a b 1 2 3 4 4294967296", "SOARRDATAIllegalNumber"),
        ("TXT", "plain", "InvalidCharacterString"),
        ("TXT", "", "InvalidCharacterString"),
        ("TXT", "\"open", "InvalidCharacterString"),
        ("TXT", "\"a\"\"b\"", "InvalidCharacterString"),
        ("TXT", "\"a\" b", "InvalidCharacterString"),
        ("TXT", "\"\\9\"", "UnsupportedCharacter"),
        ("TXT", "\"é\"", "UnsupportedCharacter"),
        ("TXT", "\"a\tb\"", "UnsupportedCharacter"),
        ("TXT", long.as_str(), "CharacterStringTooLong"),
        ("TXT", huge.as_str(), "CharacterStringTooLong"),
        ("CAA", "0 is-sue \"a\"", "CAARRDATAIllegalTag"),
        ("CAA", "256 issue \"a\"", "CAARRDATAIllegalFlags"),
        ("CAA", "0 issue a", "InvalidCharacterString"),
        ("CAA", "0 issue \"a\" b", "CAARRDATANotThreeFields"),
        ("NAPTR", "1 2 \"X\" \"\" \"\" a", "NAPTRRRDATAIllegalFlags"),
        ("NAPTR", "1 2 \"U\" \"\" \"!a!b!\" a", "NAPTRRRDATAIllegalReplacement"),
        ("NAPTR", "1 2 \"U\" \"\" \"\" .", "NAPTRRRDATAIllegalReplacement"),
        ("NAPTR", "1 2 \"U\" \"\" \"!a!b!\"", "NAPTRRRDATANotSixFields"),
        ("DS", "1 13 2 abcd", "DSRRDATAIllegalDigest"),
        ("DS", "1 13 2", "DSRRDATANotFourFields"),
        ("SSHFP", "1 1 xyz", "SSHFPRRDATAIllegalFingerprint"),
        ("TLSA", "3 1 1 abc", "TLSARRDATAIllegalData"),
        ("TLSA", "3 1 0 zz", "TLSARRDATAIllegalData"),
        ("HTTPS", "1", "SVCBRRDATANotEnoughFields"),
        ("HTTPS", "0 a alpn=h2", "SVCBRRDATAIllegalAlias"),
        ("HTTPS", "1 . alpn=h2 alpn=h3", "SVCBRRDATADuplicateKey"),
        ("HTTPS", "1 . nonsense=1", "SVCBRRDATAIllegalKey"),
        ("HTTPS", "1 . key01=1", "SVCBRRDATAIllegalKey"),
        ("HTTPS", "1 . port=70000", "SVCBRRDATAIllegalValue"),
        ("HTTPS", "1 . alpn=", "SVCBRRDATAIllegalValue"),
        ("HTTPS", "1 . ipv4hint=::1", "SVCBRRDATAIllegalValue"),
        ("HTTPS", "1 . mandatory=port", "SVCBRRDATAIllegalMandatory"),
        ("HTTPS", "1 . no-default-alpn", "SVCBRRDATAIllegalAlpn"),
        ("a", "1.2.3.4", "UnknownRRType"),
    ];
    for (kind, value, code) in cases {
        let error = parse(kind, value).expect_err(value);
        assert_eq!(error.code, code, "{kind} {value}");
    }
}

#[test]
fn rule_1_16_the_messages_read_as_aws_prints_them() {
    let long = std::format!("\"{}\"", "a".repeat(256));
    let cases = [
        ("A", "bad", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"),
        ("TXT", long.as_str(), "CharacterStringTooLong (Value is too long)"),
        ("TXT", "bad", "InvalidCharacterString (Value should be enclosed in quotation marks)"),
        ("NS", ".", "DomainNameEmpty (Domain name is empty)"),
        ("PTR", "a b", "UnsupportedCharacter (Value contains unsupported characters)"),
        ("AAAA", "::g", "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"),
        ("MX", "1", "MXRRDATANotTwoFields (MX record doesn't have 2 fields)"),
    ];
    for (kind, value, problem) in cases {
        let message = std::format!("FATAL problem: {problem} encountered with '{value}'");
        assert_eq!(parse(kind, value).unwrap_err().problem(value), message);
    }
}

fn any_kind() -> impl Strategy<Value = RecordType> {
    prop::sample::select(RecordType::ALL)
}

proptest! {
    #[test]
    fn any_value_is_taken_or_refused_and_comes_back(kind in any_kind(), value in "[0-9a-h:. \"\\\\=,*é]{0,40}") {
        if let Ok(wire) = parse_as(kind, &value) {
            let text = format(kind, &wire).expect("what was taken can be printed");
            prop_assert_eq!(parse_as(kind, &text), Ok(wire));
        }
    }

    #[test]
    fn any_octets_are_printed_or_refused(kind in any_kind(), wire in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = format(kind, &wire);
    }

    #[test]
    fn text_carries_every_octet(strings in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..4)) {
        let mut wire = Vec::new();
        for string in &strings {
            wire.push(string.len() as u8);
            wire.extend_from_slice(string);
        }
        let text = format(RecordType::Txt, &wire).unwrap();
        prop_assert_eq!(parse_as(RecordType::Txt, &text), Ok(wire));
    }

    #[test]
    fn addresses_lead_back(v4 in any::<[u8; 4]>(), v6 in any::<[u8; 16]>()) {
        prop_assert_eq!(parse_as(RecordType::A, &format(RecordType::A, &v4).unwrap()), Ok(v4.to_vec()));
        prop_assert_eq!(parse_as(RecordType::Aaaa, &format(RecordType::Aaaa, &v6).unwrap()), Ok(v6.to_vec()));
    }

    #[test]
    fn protocol_lists_lead_back(items in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..8), 1..4)) {
        let value: Vec<u8> = items.iter().flat_map(|item| [&[item.len() as u8], item.as_slice()].concat()).collect();
        let mut wire = vec![0, 1, 0, 0, 1];
        wire.extend_from_slice(&(value.len() as u16).to_be_bytes());
        wire.extend_from_slice(&value);
        let text = format(RecordType::Https, &wire).unwrap();
        prop_assert_eq!(parse_as(RecordType::Https, &text), Ok(wire));
    }
}

#[test]
fn a_caa_tag_that_could_not_be_read_again_is_not_printed() {
    for tag in [&b""[..], b"A\t", b"is-sue", b"\xff"] {
        let wire = [&[0, tag.len() as u8], tag, b"ca.example"].concat();
        assert_eq!(format(RecordType::Caa, &wire), None, "{tag:?}");
    }
}
