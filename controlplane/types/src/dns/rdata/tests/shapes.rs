//! Well-formed values of every type, generated field by field: each is taken, and its printed form is a fixed point.

use super::*;

fn name() -> BoxedStrategy<String> {
    prop::collection::vec("[a-zA-Z0-9_-]{1,12}|\\\\052|\\\\[0-3][0-7][0-7]", 1..5)
        .prop_map(|labels| labels.join(".") + ".")
        .boxed()
}

fn quoted(most: usize) -> BoxedStrategy<String> {
    prop::collection::vec(any::<u8>(), 0..most).prop_map(|octets| show::quote(&octets)).boxed()
}

fn digits(octets: usize) -> BoxedStrategy<String> {
    prop::collection::vec("[0-9a-f]{2}", octets).prop_map(|pairs| pairs.concat()).boxed()
}

/// Type of digest and a digest as long as that type's.
fn digest(lengths: &'static [(u8, usize)]) -> BoxedStrategy<String> {
    let kind = prop::sample::select(lengths);
    kind.prop_flat_map(|(kind, len)| digits(len).prop_map(move |digits| format!("{kind} {digits}"))).boxed()
}

fn service() -> BoxedStrategy<String> {
    let alpn = prop::option::of(prop::sample::select(vec![" alpn=h2", " alpn=\"h2,h3\" no-default-alpn"]));
    let port = prop::option::of(any::<u16>().prop_map(|port| format!(" port={port}")));
    let hint = prop::option::of(
        any::<[u8; 16]>().prop_map(|octets| format!(" ipv6hint={}", std::net::Ipv6Addr::from(octets))),
    );
    let other =
        prop::option::of((7..65535u16, quoted(40)).prop_map(|(key, value)| format!(" key{key}={value}")));
    (1..=u16::MAX, name(), alpn, port, hint, other)
        .prop_map(|(priority, target, alpn, port, hint, other)| {
            let params = [alpn.map(str::to_owned), port, hint, other].map(Option::unwrap_or_default).concat();
            format!("{priority} {target}{params}")
        })
        .boxed()
}

fn naptr() -> BoxedStrategy<String> {
    let flags = prop::sample::select(vec!["", "A", "p", "S", "U"]);
    let rule = prop_oneof![name().prop_map(|name| format!("\"\" {name}")), Just("\"!^.*$!x!\" .".to_owned())];
    (any::<u16>(), any::<u16>(), flags, quoted(30), rule)
        .prop_map(|(order, preference, flags, service, rule)| {
            format!("{order} {preference} \"{flags}\" {service} {rule}")
        })
        .boxed()
}

fn value(kind: RecordType) -> BoxedStrategy<String> {
    match kind {
        RecordType::A => {
            any::<[u8; 4]>().prop_map(|octets| std::net::Ipv4Addr::from(octets).to_string()).boxed()
        }
        RecordType::Aaaa => {
            any::<[u8; 16]>().prop_map(|octets| std::net::Ipv6Addr::from(octets).to_string()).boxed()
        }
        RecordType::Ns | RecordType::Cname | RecordType::Ptr => name(),
        RecordType::Soa => (name(), name(), any::<[u32; 5]>())
            .prop_map(|(server, mailbox, [a, b, c, d, e])| format!("{server} {mailbox} {a} {b} {c} {d} {e}"))
            .boxed(),
        RecordType::Mx => {
            (any::<u16>(), name()).prop_map(|(priority, host)| format!("{priority} {host}")).boxed()
        }
        RecordType::Srv => (any::<[u16; 3]>(), name())
            .prop_map(|([priority, weight, port], host)| format!("{priority} {weight} {port} {host}"))
            .boxed(),
        RecordType::Txt | RecordType::Spf => {
            prop::collection::vec(quoted(120), 1..5).prop_map(|strings| strings.join(" ")).boxed()
        }
        RecordType::Caa => (any::<u8>(), "[a-zA-Z0-9]{1,15}", quoted(300))
            .prop_map(|(flags, tag, value)| format!("{flags} {tag} {value}"))
            .boxed(),
        RecordType::Naptr => naptr(),
        RecordType::Ds => (any::<u16>(), any::<u8>(), digest(&[(1, 20), (2, 32), (4, 48), (9, 7)]))
            .prop_map(|(tag, algorithm, digest)| format!("{tag} {algorithm} {digest}"))
            .boxed(),
        RecordType::Sshfp => (any::<u8>(), digest(&[(1, 20), (2, 32), (7, 3)]))
            .prop_map(|(algorithm, digest)| format!("{algorithm} {digest}"))
            .boxed(),
        RecordType::Tlsa => (any::<u8>(), any::<u8>(), digest(&[(0, 9), (1, 32), (2, 64)]))
            .prop_map(|(usage, selector, digest)| format!("{usage} {selector} {digest}"))
            .boxed(),
        RecordType::Svcb | RecordType::Https => service(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn well_formed_values_of_every_type_are_taken_and_lead_back(
        (kind, value) in any_kind().prop_flat_map(|kind| (Just(kind), value(kind))),
    ) {
        let wire = parse_as(kind, &value).map_err(|error| TestCaseError::fail(format!("{kind} {value}: {error}")))?;
        let text = format(kind, &wire).expect("what was taken can be printed");
        prop_assert_eq!(parse_as(kind, &text), Ok(wire.clone()), "{} {}", kind, &text);
        prop_assert_eq!(format(kind, &wire), Some(text));
    }

    #[test]
    fn octets_that_can_be_printed_are_taken_again(kind in any_kind(), damage in any::<(prop::sample::Index, u8)>(),
        (good, value) in any_kind().prop_flat_map(|kind| (Just(kind), value(kind))))
    {
        let mut wire = parse_as(good, &value).unwrap();
        let at = damage.0.index(wire.len());
        wire[at] = damage.1;
        if let Some(text) = format(kind, &wire)
            && let Ok(again) = parse_as(kind, &text)
        {
            prop_assert_eq!(again, wire, "{} {}", kind, text);
        }
    }
}
