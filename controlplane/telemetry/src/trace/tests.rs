use super::context::Heard;
use super::*;
use std::collections::BTreeMap;

const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn a_header_is_read_as_the_standard_says() {
    let Heard::Sampled(context) = Heard::parse(Some(HEADER)) else { panic!("a recorded trace") };
    assert_eq!(context.to_string(), HEADER);
    assert_eq!(Context::parse(HEADER), Some(context));
    let newer = HEADER.replacen("00", "cc", 1) + "-what-comes-later";
    assert_eq!(Heard::parse(Some(&newer)), Heard::Sampled(context), "a newer version begins alike");
    assert_eq!(Heard::parse(Some(&HEADER.replace("-01", "-00"))), Heard::Unsampled);
    assert_eq!(Context::parse(&HEADER.replace("-01", "-00")), None);
}

#[test]
fn a_header_that_cannot_be_read_begins_a_new_trace() {
    let zeros = |length| "0".repeat(length);
    let broken = [
        String::new(),
        "00".to_owned(),
        HEADER.to_uppercase(),
        HEADER.replacen("00", "ff", 1),
        HEADER.to_owned() + "-more",
        HEADER.replace("0af7", "0ag7"),
        HEADER.replace("0af7", "af7"),
        HEADER.replace("0af7651916cd43dd8448eb211c80319c", &zeros(32)),
        HEADER.replace("b7ad6b7169203331", &zeros(16)),
        HEADER.replace("b7ad6b7169203331", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"),
    ];
    for header in broken {
        assert_eq!(Heard::parse(Some(&header)), Heard::Nothing, "{header}");
    }
}

fn found(flag: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<(String, String)>, String> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    let settings =
        Settings::find(flag, |name| variables.get(name).map(|value| (*value).to_owned()), "hearth-server");
    let shown = |settings: Settings| (settings.endpoint.uri().to_string(), settings.service);
    settings.map(|settings| settings.map(shown)).map_err(|error| error.to_string())
}

#[test]
fn traces_go_where_flag_or_environment_say() {
    let at = |place: &str, service: &str| Ok(Some((place.to_owned(), service.to_owned())));
    let (here, there) = ("http://127.0.0.1:4317/", "http://collector:4317/");
    let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", here);
    let special = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", there);
    assert_eq!(found(None, &[]), Ok(None));
    assert_eq!(found(None, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), Ok(None));
    assert_eq!(found(None, &[general]), at(here, "hearth-server"));
    assert_eq!(found(None, &[general, special, ("OTEL_SERVICE_NAME", "lab")]), at(there, "lab"));
    assert_eq!(found(Some("http://[::1]:4317"), &[general]), at("http://[::1]:4317/", "hearth-server"));
    for off in [("OTEL_SDK_DISABLED", "True"), ("OTEL_TRACES_EXPORTER", "none")] {
        assert_eq!(found(None, &[general, off]), Ok(None), "{off:?}");
        assert!(matches!(found(Some(here), &[off]), Ok(Some(_))), "a flag is said on purpose");
    }
}

#[test]
fn what_cannot_be_obeyed_is_refused() {
    let here = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
    let cases = [
        (Some("collector:4317"), vec![], "--otlp-endpoint"),
        (Some("http://collector"), vec![], "http://HOST:PORT"),
        (Some("http://collector:0"), vec![], "http://HOST:PORT"),
        (Some("http://a b:4317"), vec![], "http://HOST:PORT"),
        (Some("http://collector:4317/v1/traces"), vec![], "http://HOST:PORT"),
        (Some("https://collector:4317"), vec![], "in the clear"),
        (
            None,
            vec![("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c:1")],
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        ),
        (None, vec![here, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")], "must be grpc"),
        (None, vec![here, ("OTEL_TRACES_EXPORTER", "zipkin")], "otlp or none"),
    ];
    for (flag, variables, expected) in cases {
        let error = found(flag, &variables).unwrap_err();
        assert!(error.contains(expected), "{flag:?} {variables:?}: {error}");
    }
}

#[test]
fn without_an_exporter_a_span_is_nothing() {
    let mut span = incoming("request", Some(HEADER));
    span.note("key", "value");
    span.rename(|| unreachable!("nobody is asked for a name"));
    assert!(!span.is_recorded() && span.context().is_none() && current().is_none());
    let child = Span::under(Context::parse(HEADER), "child", Side::Internal);
    assert!(!child.is_recorded());
    assert_eq!(std::mem::size_of::<Span>(), std::mem::size_of::<usize>());
}
