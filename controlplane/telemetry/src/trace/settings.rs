//! Where traces go, from a flag or OpenTelemetry's own variables
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).
//!
//! What is set and cannot be obeyed is refused: a trace that never arrives is looked for at the wrong end.

use tonic::transport::Endpoint;

const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const DISABLED: &str = "OTEL_SDK_DISABLED";
const SERVICE: &str = "OTEL_SERVICE_NAME";

/// Where traces go and under which name.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) endpoint: Endpoint,
    pub(super) service: String,
}

/// What is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not a place to send to.
    #[error(
        "{name}: {value:?} is no place for traces: it must be http://HOST:PORT, where a collector takes OTLP by gRPC"
    )]
    Endpoint {
        /// The flag or variable.
        name: &'static str,
        /// As given.
        value: String,
    },
    /// Encryption is the collector's.
    #[error(
        "{name}: {value:?}: traces go in the clear; run a collector on this machine, which sends them on by TLS"
    )]
    Tls {
        /// The flag or variable.
        name: &'static str,
        /// As given.
        value: String,
    },
    /// Another protocol.
    #[error("{name}: {value:?} is not spoken here: it must be grpc")]
    Protocol {
        /// The variable.
        name: &'static str,
        /// As given.
        value: String,
    },
    /// Another exporter.
    #[error("{EXPORTER}: {0:?} is not known here: it must be otlp or none")]
    Exporter(String),
}

impl Settings {
    /// From the flag `--otlp-endpoint` or, without it, from `variable`s of the environment; `None` when traces are off.
    pub fn find(
        flag: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
        service: &str,
    ) -> Result<Option<Self>, SettingsError> {
        // A variable that is set to nothing counts as not set.
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let service = variable(SERVICE).unwrap_or_else(|| service.to_owned());
        let at = |endpoint| Ok(Some(Self { endpoint, service }));
        if let Some(endpoint) = flag {
            return at(checked("--otlp-endpoint", endpoint)?);
        }
        if variable(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        match variable(EXPORTER).as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => return Err(SettingsError::Exporter(other.to_owned())),
        }
        let found = ENDPOINTS.into_iter().find_map(|name| Some((name, variable(name)?)));
        let Some((name, endpoint)) = found else { return Ok(None) };
        match PROTOCOLS.into_iter().find_map(|name| Some((name, variable(name)?))) {
            Some((name, value)) if value != "grpc" => Err(SettingsError::Protocol { name, value }),
            _ => at(checked(name, &endpoint)?),
        }
    }
}

fn checked(name: &'static str, value: &str) -> Result<Endpoint, SettingsError> {
    if value.starts_with("https:") {
        return Err(SettingsError::Tls { name, value: value.to_owned() });
    }
    let refused = || SettingsError::Endpoint { name, value: value.to_owned() };
    let rest = value.strip_prefix("http://").ok_or_else(refused)?;
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let plain = !authority.contains(['/', '@', '?', '#']);
    if !plain || port.is_none_or(|port| port == 0) {
        return Err(refused());
    }
    Endpoint::from_shared(value.to_owned()).map_err(|_| refused())
}
