//! Checks of names, protocols and ports.

use super::DEFAULT_NAME;
use super::rule::{ALL_PORTS, ALL_PROTOCOLS};
use crate::errors;
use controlplane_services_kernel::ServiceError;

const MAX_TEXT: usize = 255;

/// The name of a new group.
pub(super) fn group_name(name: &str) -> Result<(), ServiceError> {
    group_text("GroupName", name)?;
    if name == DEFAULT_NAME || name.starts_with("sg-") {
        return Err(errors::group_name_reserved(name));
    }
    Ok(())
}

/// The description of a new group.
pub(super) fn group_description(description: &str) -> Result<(), ServiceError> {
    group_text("GroupDescription", description)
}

fn group_text(parameter: &str, text: &str) -> Result<(), ServiceError> {
    if text.is_empty() || text.len() > MAX_TEXT || !text.chars().all(is_plain) {
        return Err(errors::group_text(parameter, text));
    }
    Ok(())
}

/// The description of a rule; an empty one is none.
pub(super) fn rule_description(text: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.len() > MAX_TEXT || !text.chars().all(is_plain) {
        return Err(errors::rule_description(text));
    }
    Ok(Some(text.to_owned()))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c)
}

/// Protocol and ports in the form records have.
pub(super) fn traffic(
    protocol: &str,
    from_port: Option<i32>,
    to_port: Option<i32>,
) -> Result<(String, i32, i32), ServiceError> {
    let protocol = normal_protocol(protocol)?;
    let (from_port, to_port) = match protocol.as_str() {
        "tcp" | "udp" => ports(from_port, to_port)?,
        "icmp" | "icmpv6" => icmp(from_port, to_port)?,
        // AWS lets everything of other protocols through, whatever ports are given.
        _ => (ALL_PORTS, ALL_PORTS),
    };
    Ok((protocol, from_port, to_port))
}

/// Names for the protocols AWS names, numbers without leading zeros for the others.
fn normal_protocol(text: &str) -> Result<String, ServiceError> {
    let lower = text.to_ascii_lowercase();
    let name = match lower.as_str() {
        ALL_PROTOCOLS => ALL_PROTOCOLS,
        "tcp" | "6" => "tcp",
        "udp" | "17" => "udp",
        "icmp" | "1" => "icmp",
        "icmpv6" | "58" => "icmpv6",
        number => {
            let number: u8 = number.parse().map_err(|_| errors::unknown_protocol(text))?;
            return Ok(number.to_string());
        }
    };
    Ok(name.to_owned())
}

fn ports(from: Option<i32>, to: Option<i32>) -> Result<(i32, i32), ServiceError> {
    const LAST: i32 = 65_535;
    let (Some(from), Some(to)) = (from, to) else { return Err(errors::ports_needed()) };
    if let Some(wrong) = [from, to].into_iter().find(|port| !(0..=LAST).contains(port)) {
        return Err(errors::port_out_of_range(wrong));
    }
    if from > to {
        return Err(errors::ports_reversed(from, to));
    }
    Ok((from, to))
}

fn icmp(kind: Option<i32>, code: Option<i32>) -> Result<(i32, i32), ServiceError> {
    const LAST: i32 = 255;
    let (kind, code) = (kind.unwrap_or(ALL_PORTS), code.unwrap_or(ALL_PORTS));
    for (what, value) in [("type", kind), ("code", code)] {
        if !(ALL_PORTS..=LAST).contains(&value) {
            return Err(errors::icmp_out_of_range(what, value));
        }
    }
    if kind == ALL_PORTS && code != ALL_PORTS {
        return Err(errors::icmp_code_without_type());
    }
    Ok((kind, code))
}
