use super::{CheckKind, HealthCheck, HealthCheckConfig, VPC_TAG};
use crate::errors;
use crate::vpc_association::AssociatedVpc;
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_types::Scope;
use controlplane_types::dns::Name;
use controlplane_types::dns::geography::CHECKER_REGIONS;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Regions that a check with a list of its own needs.
const MIN_REGIONS: usize = 3;
/// Children of a calculated check, and the highest number of them that can be asked for.
const MAX_CHILDREN: usize = 256;

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

/// The check a config describes. Its children are looked at by [`children`].
pub(super) fn read(
    config: &HealthCheckConfig,
    caller_reference: &str,
    intervals: Intervals,
) -> Result<HealthCheck, ServiceError> {
    let kind = kind(&config.r#type)?;
    fits(kind, config)?;
    let check = HealthCheck {
        caller_reference: caller_reference.to_owned(),
        version: 1,
        kind,
        address: address(config.ip_address.as_deref())?,
        port: 0,
        host: host(config.fully_qualified_domain_name.as_deref())?,
        path: config.resource_path.as_deref().map(path).transpose()?,
        interval_seconds: 0,
        failure_threshold: 0,
        inverted: config.inverted.unwrap_or(false),
        disabled: config.disabled.unwrap_or(false),
        search_string: search_string(config.search_string.as_deref(), kind)?,
        enable_sni: config.enable_sni.unwrap_or(kind.is_https()),
        measure_latency: config.measure_latency.unwrap_or(false),
        regions: regions(config.regions.as_deref())?,
        children: config.child_health_checks.iter().flatten().cloned().collect(),
        health_threshold: 0,
        vpc: None,
    };
    if kind == CheckKind::Calculated {
        return Ok(HealthCheck { health_threshold: health_threshold(config.health_threshold)?, ..check });
    }
    if check.address.is_none() && check.host.is_none() {
        return Err(errors::invalid_input("IPAddress or FullyQualifiedDomainName must be given"));
    }
    Ok(HealthCheck {
        port: port(config.port, kind)?,
        interval_seconds: interval(config.request_interval.unwrap_or(30), intervals)?,
        failure_threshold: threshold(config.failure_threshold.unwrap_or(3))?,
        ..check
    })
}

/// What would do nothing is refused.
pub(super) fn fits(kind: CheckKind, config: &HealthCheckConfig) -> Result<(), ServiceError> {
    let calculated = kind == CheckKind::Calculated;
    let members = [
        ("IPAddress", config.ip_address.is_some(), !calculated),
        ("Port", config.port.is_some(), !calculated),
        ("ResourcePath", config.resource_path.is_some(), kind.is_http()),
        ("FullyQualifiedDomainName", config.fully_qualified_domain_name.is_some(), !calculated),
        ("SearchString", config.search_string.is_some(), kind.searches()),
        ("RequestInterval", config.request_interval.is_some(), !calculated),
        ("FailureThreshold", config.failure_threshold.is_some(), !calculated),
        ("MeasureLatency", config.measure_latency == Some(true), !calculated),
        ("EnableSNI", config.enable_sni == Some(true), kind.is_https()),
        ("Regions", config.regions.is_some(), !calculated),
        ("HealthThreshold", config.health_threshold.is_some(), calculated),
        ("ChildHealthChecks", config.child_health_checks.is_some(), calculated),
    ];
    match members.iter().find(|(_, given, fits)| *given && !fits) {
        Some((member, ..)) => {
            let kind = kind.as_str();
            Err(errors::invalid_input(format!("{member}: a health check of type {kind} has none")))
        }
        None => Ok(()),
    }
}

/// Children that `held` had not yet have to be there and to be no calculated checks. What it had may be gone since.
pub(super) fn children(
    check: &HealthCheck,
    held: Option<&HealthCheck>,
    reader: &Reader,
) -> Result<(), ServiceError> {
    let wrong = |problem: String| Err(errors::invalid_input(format!("ChildHealthChecks: {problem}")));
    if check.children.len() > MAX_CHILDREN {
        return wrong(format!("there are more than {MAX_CHILDREN}"));
    }
    let is_new = |id: &&String| held.is_none_or(|held| !held.children.contains(*id));
    for id in check.children.iter().filter(is_new) {
        match reader.get::<HealthCheck>(id) {
            None => return wrong(format!("a health check with id {id} does not exist")),
            Some(child) if child.kind == CheckKind::Calculated => {
                return wrong(format!("{id} is itself a calculated health check"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// `check`, an update of `held`: it is probed from where that is, if that still goes.
pub(super) fn keeping_vpc(check: HealthCheck, held: &HealthCheck) -> Result<HealthCheck, ServiceError> {
    if held.vpc.is_some() {
        fits_vpc(&check)?;
    }
    Ok(HealthCheck { vpc: held.vpc.clone(), ..check })
}

/// Has the check probed from inside the VPC that its tag names, or by the DNS servers if there is none. A VPC that is gone
/// since is not looked at again.
pub(crate) fn set_vpc(id: &str, named: Option<&String>, cx: &mut Context) -> Result<(), ServiceError> {
    let check = existing(id, cx)?;
    if check.vpc.as_ref().map(|vpc| &vpc.id) == named {
        return Ok(());
    }
    let mut check = check.clone();
    check.vpc = named.map(|named| vpc(named, cx)).transpose()?;
    if check.vpc.is_some() {
        fits_vpc(&check)?;
    }
    cx.put(id, check);
    Ok(())
}

/// A VPC of the caller's in any region that is served here: health checks belong to none.
fn vpc(named: &str, reader: &Reader) -> Result<AssociatedVpc, ServiceError> {
    let account = &reader.caller.account;
    let found = reader
        .view
        .all::<Vpc>()
        .find(|found| found.key.id() == named && found.key.account() == *account)
        .map(|found| found.key.scope());
    match found {
        Some(Scope::Region(region)) => Ok(AssociatedVpc {
            id: named.to_owned(),
            region: region.to_string(),
            account: account.to_string(),
        }),
        _ => Err(unfit(&format!("there is no VPC {named} in this account"))),
    }
}

/// What nodes can probe: an IPv4 address.
fn fits_vpc(check: &HealthCheck) -> Result<(), ServiceError> {
    let is_ipv4 = |address: &String| address.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4());
    if check.kind == CheckKind::Calculated {
        return Err(unfit("a health check of type CALCULATED probes nothing"));
    }
    if !check.regions.is_empty() {
        return Err(unfit("a health check of a VPC is probed where the VPC is, so it has no Regions"));
    }
    match &check.address {
        None => Err(unfit("a health check of a VPC needs an IPAddress: names are not resolved for it")),
        Some(address) if !is_ipv4(address) => {
            Err(unfit("a health check of a VPC probes IPv4 addresses only, in its IPAddress"))
        }
        Some(_) => Ok(()),
    }
}

fn unfit(why: &str) -> ServiceError {
    errors::invalid_input(format!("{VPC_TAG}: {why}"))
}

fn kind(text: &str) -> Result<CheckKind, ServiceError> {
    CheckKind::parse(text).ok_or_else(|| {
        let why = match text {
            "CLOUDWATCH_METRIC" => "there are no CloudWatch alarms to follow",
            "RECOVERY_CONTROL" => "there are no routing controls to follow",
            _ => "there is no such type",
        };
        errors::invalid_input(format!("Type: health checks of type {text} are not served: {why}"))
    })
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

fn address(text: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let address: IpAddr =
        text.parse().map_err(|_| errors::invalid_input(format!("IPAddress: {text} is not an IP address")))?;
    if address.is_unspecified() || address.is_multicast() {
        return Err(errors::invalid_input(format!("IPAddress: {text} is not an address a host has")));
    }
    Ok(Some(address.to_string()))
}

fn port(given: Option<i64>, kind: CheckKind) -> Result<u16, ServiceError> {
    match given {
        Some(port) => u16::try_from(port)
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| errors::invalid_input(format!("Port: {port} is not from 1 to 65535"))),
        None if kind.is_https() => Ok(443),
        None if kind.is_http() => Ok(80),
        None => Err(errors::invalid_input("Port: a TCP health check needs one")),
    }
}

fn host(text: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let visible = text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible || Name::parse(text).is_err() {
        return Err(errors::invalid_input(format!("FullyQualifiedDomainName: {text:?} is not a host name")));
    }
    Ok(Some(text.to_owned()))
}

/// Ends up in a request line, so nothing but visible ASCII may be in it.
fn path(text: &str) -> Result<String, ServiceError> {
    if text.len() > 255 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(errors::invalid_input(
            "ResourcePath: up to 255 visible ASCII characters, without spaces",
        ));
    }
    Ok(if text.starts_with('/') { text.to_owned() } else { format!("/{text}") })
}

fn search_string(text: Option<&str>, kind: CheckKind) -> Result<Option<String>, ServiceError> {
    match text {
        Some(text) if (1..=255).contains(&text.chars().count()) => Ok(Some(text.to_owned())),
        None if !kind.searches() => Ok(None),
        _ => Err(errors::invalid_input(format!(
            "SearchString: a health check of type {} needs one of 1 to 255 characters",
            kind.as_str()
        ))),
    }
}

fn regions(given: Option<&[String]>) -> Result<BTreeSet<String>, ServiceError> {
    let Some(given) = given else { return Ok(BTreeSet::new()) };
    let regions: BTreeSet<String> = given.iter().cloned().collect();
    if let Some(other) = regions.iter().find(|region| !CHECKER_REGIONS.contains(&region.as_str())) {
        return Err(errors::invalid_input(format!("Regions: there are no checkers in {other}")));
    }
    if regions.len() < MIN_REGIONS {
        return Err(errors::invalid_input(format!("Regions: a list has at least {MIN_REGIONS}")));
    }
    Ok(regions)
}

fn threshold(given: i64) -> Result<u32, ServiceError> {
    u32::try_from(given)
        .ok()
        .filter(|threshold| (1..=10).contains(threshold))
        .ok_or_else(|| errors::invalid_input(format!("FailureThreshold: {given} is not from 1 to 10")))
}

fn health_threshold(given: Option<i64>) -> Result<u32, ServiceError> {
    let fits = |given: &u32| usize::try_from(*given).is_ok_and(|given| given <= MAX_CHILDREN);
    given.and_then(|given| u32::try_from(given).ok()).filter(fits).ok_or_else(|| {
        errors::invalid_input(format!(
            "HealthThreshold: a calculated health check needs one from 0 to {MAX_CHILDREN}"
        ))
    })
}
