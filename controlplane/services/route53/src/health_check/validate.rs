use super::{CheckKind, HealthCheck, HealthCheckConfig};
use crate::errors;
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::dns::Name;
use std::net::IpAddr;

/// The check with this id.
pub fn existing<'r>(id: &str, reader: &'r Reader) -> Result<&'r HealthCheck, ServiceError> {
    reader.get::<HealthCheck>(id).ok_or_else(|| errors::no_such_health_check(id))
}

/// Seconds between probes. AWS offers 10 and 30 at its door; a region on one's own machines may probe each second.
#[derive(Clone, Copy)]
pub(super) enum Intervals {
    /// At the AWS door.
    Aws,
    /// For Hearth's own manifests and service registries.
    Own,
}

/// The check a config describes.
pub(super) fn read(
    config: &HealthCheckConfig,
    caller_reference: &str,
    intervals: Intervals,
) -> Result<HealthCheck, ServiceError> {
    let kind = kind(&config.r#type)?;
    let interval_seconds = interval(config.request_interval.unwrap_or(30), intervals)?;
    if kind == CheckKind::Tcp && config.resource_path.is_some() {
        return Err(errors::invalid_input("ResourcePath: a TCP health check has none"));
    }
    let check = HealthCheck {
        caller_reference: caller_reference.to_owned(),
        version: 1,
        kind,
        address: address(config.ip_address.as_deref())?,
        port: port(config.port, kind)?,
        host: host(config.fully_qualified_domain_name.as_deref())?,
        path: config.resource_path.as_deref().map(path).transpose()?,
        interval_seconds,
        failure_threshold: threshold(config.failure_threshold.unwrap_or(3))?,
        inverted: config.inverted.unwrap_or(false),
        disabled: config.disabled.unwrap_or(false),
    };
    if check.address.is_none() && check.host.is_none() {
        return Err(errors::invalid_input("IPAddress or FullyQualifiedDomainName must be given"));
    }
    Ok(check)
}

fn kind(text: &str) -> Result<CheckKind, ServiceError> {
    match text {
        "HTTP" => Ok(CheckKind::Http),
        "TCP" => Ok(CheckKind::Tcp),
        other => {
            Err(errors::invalid_input(format!("Type: health checks of type {other} are not served yet")))
        }
    }
}

fn interval(seconds: i64, allowed: Intervals) -> Result<u32, ServiceError> {
    let fits = |seconds: &u32| match allowed {
        Intervals::Aws => matches!(seconds, 10 | 30),
        Intervals::Own => (1..=300).contains(seconds),
    };
    u32::try_from(seconds).ok().filter(fits).ok_or_else(|| {
        errors::invalid_input(format!("RequestInterval: {seconds} is not an interval of this check"))
    })
}

/// Whether a config of Hearth's own makes a check.
pub fn check(config: &HealthCheckConfig) -> Result<(), ServiceError> {
    read(config, "", Intervals::Own).map(|_| ())
}

pub(super) fn address(text: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let address: IpAddr =
        text.parse().map_err(|_| errors::invalid_input(format!("IPAddress: {text} is not an IP address")))?;
    if address.is_unspecified() || address.is_multicast() {
        return Err(errors::invalid_input(format!("IPAddress: {text} is not an address a host has")));
    }
    Ok(Some(address.to_string()))
}

pub(super) fn port(given: Option<i64>, kind: CheckKind) -> Result<u16, ServiceError> {
    match (given, kind) {
        (Some(port), _) => u16::try_from(port)
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| errors::invalid_input(format!("Port: {port} is not from 1 to 65535"))),
        (None, CheckKind::Http) => Ok(80),
        (None, CheckKind::Tcp) => Err(errors::invalid_input("Port: a TCP health check needs one")),
    }
}

pub(super) fn host(text: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let visible = text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible || Name::parse(text).is_err() {
        return Err(errors::invalid_input(format!("FullyQualifiedDomainName: {text:?} is not a host name")));
    }
    Ok(Some(text.to_owned()))
}

/// Ends up in a request line, so nothing but visible ASCII may be in it.
pub(super) fn path(text: &str) -> Result<String, ServiceError> {
    if text.len() > 255 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(errors::invalid_input(
            "ResourcePath: up to 255 visible ASCII characters, without spaces",
        ));
    }
    Ok(if text.starts_with('/') { text.to_owned() } else { format!("/{text}") })
}

pub(super) fn threshold(given: i64) -> Result<u32, ServiceError> {
    u32::try_from(given)
        .ok()
        .filter(|threshold| (1..=10).contains(threshold))
        .ok_or_else(|| errors::invalid_input(format!("FailureThreshold: {given} is not from 1 to 10")))
}
