//! The text of records.

use controlplane_types::dns::{RecordType, rdata};

/// Values that are good, by type.
const GOOD: [(RecordType, &str); 17] = [
    (RecordType::A, "192.0.2.1"),
    (RecordType::Aaaa, "2001:db8::1"),
    (RecordType::Ns, "ns.example.net."),
    (RecordType::Cname, "a\\052b.example.com"),
    (RecordType::Ptr, "host.example.com."),
    (RecordType::Soa, "ns.example.net. host.example.net. 1 7200 900 1209600 86400"),
    (RecordType::Mx, "10 mail.example.com"),
    (RecordType::Srv, "1 2 443 www.example.com"),
    (RecordType::Naptr, "100 50 \"U\" \"E2U+sip\" \"!^.*$!sip:a@b!\" ."),
    (RecordType::Txt, "\"a b\" \"c\\\"\\134d\\001\""),
    (RecordType::Spf, "\"v=spf1 -all\""),
    (RecordType::Caa, "0 issue \"ca.example\""),
    (RecordType::Ds, "1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"),
    (RecordType::Sshfp, "4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    (RecordType::Tlsa, "3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    (RecordType::Svcb, "1 foo.example.com. alpn=h2,h3 port=8443 ipv4hint=192.0.2.1"),
    (RecordType::Https, "0 ."),
];

/// Takes the first octet of `data` for the type of the rest. What is read is written, and read the same again.
pub fn record_text(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    let kind = RecordType::ALL[usize::from(*kind) % RecordType::ALL.len()];
    // Octets that are no text are no data either, perhaps: writing them must not fail in another way.
    let _ = rdata::format(kind, text);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(wire) = rdata::parse_as(kind, text) else { return };
    assert!(wire.len() <= usize::from(u16::MAX), "no record is that long");
    let written = rdata::format(kind, &wire).expect("what was read can be written");
    // Escapes may make it longer than a value may be.
    if let Ok(again) = rdata::parse_as(kind, &written) {
        assert_eq!(again, wire, "{kind}: {text:?} is written as {written:?}");
    } else {
        assert!(
            written.len() > text.len(),
            "{kind}: {text:?} is written as {written:?}, which cannot be read"
        );
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let code = |kind: RecordType| RecordType::ALL.iter().position(|known| *known == kind).unwrap_or(0) as u8;
    GOOD.iter().map(|(kind, text)| [&[code(*kind)][..], text.as_bytes()].concat()).collect()
}
