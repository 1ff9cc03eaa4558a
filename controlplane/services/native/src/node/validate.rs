use super::{LabelNodeInput, RegisterNodeInput};
use crate::{Region, errors};
use controlplane_scheduler::{Taint, check_key, check_value};
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::RegionName;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Zone label of a machine that stands for every zone: the only one of a small lab.
const EVERY_ZONE: &str = "*";

const MAX_LABELS: usize = 64;
const MAX_LABEL_LENGTH: usize = 255;
const MAX_TAINTS: usize = 32;
/// Labels that say where the machine stands: only its agent knows.
const PLACE_LABELS: [&str; 3] = ["region", "zone", "rack"];

/// Checks all that does not depend on other records.
pub(super) fn hello(input: &RegisterNodeInput) -> Result<(), ServiceError> {
    name(input.node.as_str())?;
    labels(input)?;
    if input.capacity.vcpus == 0 || input.capacity.memory_mib == 0 {
        let found = format!("{} vCPUs, {} MiB", input.capacity.vcpus, input.capacity.memory_mib);
        return Err(errors::invalid_field(
            "capacity",
            &found,
            "a node has at least one vCPU and some memory",
        ));
    }
    let offered = input.capacity.allocatable();
    if offered.cpu_millis == 0 || offered.memory_mib == 0 {
        let found = format!("{} thousandths of a vCPU, {} MiB", offered.cpu_millis, offered.memory_mib);
        return Err(errors::invalid_field("capacity.allocatable", &found, "a node offers some of both"));
    }
    if input.underlay_address.parse::<IpAddr>().is_err() {
        return Err(errors::invalid_field("underlayAddress", &input.underlay_address, "not an IP address"));
    }
    Ok(())
}

/// Node names appear in keys, host names and file names.
fn name(name: &str) -> Result<(), ServiceError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if name.is_empty() || name.len() > 253 || !name.chars().all(fine) {
        let rule = "1 to 253 letters, digits, '-', '.' and '_'";
        return Err(errors::invalid_field("node", name, rule));
    }
    Ok(())
}

fn labels(input: &RegisterNodeInput) -> Result<(), ServiceError> {
    label_count(&input.labels)?;
    let long = |text: &str| text.len() > MAX_LABEL_LENGTH || text.chars().any(char::is_control);
    match input.labels.iter().find(|(key, value)| key.is_empty() || long(key) || long(value)) {
        Some((key, _)) => {
            Err(errors::invalid_field("labels", key, "keys and values have at most 255 plain characters"))
        }
        None => Ok(()),
    }
}

/// At most so many labels.
pub(super) fn label_count(labels: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    if labels.len() > MAX_LABELS {
        return Err(errors::invalid_field("labels", &labels.len().to_string(), "at most 64 labels"));
    }
    Ok(())
}

/// At most so many taints.
pub(super) fn taint_count(taints: &[Taint]) -> Result<(), ServiceError> {
    if taints.len() > MAX_TAINTS {
        return Err(errors::invalid_field("taints", &taints.len().to_string(), "at most 32 taints"));
    }
    Ok(())
}

/// What an operator wants of labels.
pub(super) fn label_changes(input: &LabelNodeInput) -> Result<(), ServiceError> {
    if input.set.is_empty() && input.remove.is_empty() {
        return Err(errors::nothing_to_change("label"));
    }
    for (key, value) in &input.set {
        check_key(key).map_err(|error| errors::invalid_field("labels", key, &error.to_string()))?;
        check_value(value).map_err(|error| errors::invalid_field("labels", value, &error.to_string()))?;
    }
    let both = input.remove.iter().find(|key| input.set.contains_key(*key));
    if let Some(key) = both {
        return Err(errors::set_and_removed("label", key));
    }
    let place = input.set.keys().chain(&input.remove).find(|key| PLACE_LABELS.contains(&key.as_str()));
    place.map_or(Ok(()), |key| Err(errors::place_label(key)))
}

/// Reads taints, one of a key and effect.
pub(super) fn taints(specs: &[String]) -> Result<Vec<Taint>, ServiceError> {
    let mut taints: Vec<Taint> = Vec::new();
    for spec in specs {
        let read = spec.parse::<Taint>();
        let taint = read.map_err(|error| errors::invalid_field("taints", spec, &error.to_string()))?;
        if taints.iter().any(|other| other.is_in_place_of(&taint)) {
            return Err(errors::invalid_field(
                "taints",
                spec,
                "duplicated taints with the same key and effect",
            ));
        }
        taints.push(taint);
    }
    taint_count(&taints)?;
    Ok(taints)
}

/// The region and the zone the node says it stands in. A zone says which region it is of; `*` is of the one that is named, else
/// of the caller's.
pub(super) fn place<'i>(
    input: &'i RegisterNodeInput,
    cx: &Reader,
) -> Result<(RegionName, &'i str), ServiceError> {
    let (node, zone) = (input.node.as_str(), input.labels.get("zone").map_or("", String::as_str));
    let mut candidates = Region::all(&cx.view);
    if let Some(label) = input.labels.get("region") {
        let names: Vec<&str> = candidates.iter().map(|region| region.name.as_str()).collect();
        let names = names.join(", ");
        candidates.retain(|region| region.name.as_str() == label);
        if candidates.is_empty() {
            return Err(errors::wrong_region(node, label, &names));
        }
    } else if zone == EVERY_ZONE {
        candidates.retain(|region| region.name == cx.caller.region);
    }
    let of_zone = |region: &&&Region| zone == EVERY_ZONE || region.zone(zone).is_some();
    match candidates.iter().find(of_zone) {
        Some(region) => Ok((region.name.clone(), zone)),
        None => {
            let zones = candidates.iter().flat_map(|region| &region.zones);
            let zones: Vec<&str> = zones.map(|zone| zone.name.as_str()).collect();
            Err(errors::unknown_zone(node, zone, &zones.join(", ")))
        }
    }
}
