//! ListResourceRecordSets: by reversed name, type, set identifier. Of a traffic policy instance the root alone is listed.

use crate::hosted_zone::existing;
use crate::record_set::{RecordSet, ResourceRecordSet};
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_types::dns::Name;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListResourceRecordSets;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListResourceRecordSetsInput {
    hosted_zone_id: String,
    #[serde(default)]
    start_record_name: Option<String>,
    #[serde(default)]
    start_record_type: Option<String>,
    #[serde(default)]
    start_record_identifier: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListResourceRecordSetsOutput {
    resource_record_sets: Vec<ResourceRecordSet>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_record_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_record_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_record_identifier: Option<String>,
    max_items: String,
}

impl Query for ListResourceRecordSets {
    const NAME: &'static str = "ListResourceRecordSets";
    type Input = ListResourceRecordSetsInput;
    type Output = ListResourceRecordSetsOutput;

    fn run(
        input: &ListResourceRecordSetsInput,
        cx: &Reader,
    ) -> Result<ListResourceRecordSetsOutput, ServiceError> {
        let (zone_id, _) = existing(&input.hosted_zone_id, cx)?;
        let max = page::max_items(input.max_items.as_deref(), 300)?;
        let start = start(zone_id, input)?;
        let listed = RecordSet::of_zone_from(zone_id, &start, cx).filter(|set| !set.is_generated());
        let (sets, next) = page::cut(listed, max);
        Ok(ListResourceRecordSetsOutput {
            resource_record_sets: sets.iter().map(|set| ResourceRecordSet::from(set.record)).collect(),
            is_truncated: next.is_some(),
            next_record_name: next.as_ref().map(|set| set.name.clone()),
            next_record_type: next.as_ref().map(|set| set.kind.clone()),
            next_record_identifier: next.and_then(|set| set.set_identifier.clone()),
            max_items: max.to_string(),
        })
    }
}

fn start(zone_id: &str, input: &ListResourceRecordSetsInput) -> Result<String, ServiceError> {
    let (kind, identifier) = (input.start_record_type.as_deref(), input.start_record_identifier.as_deref());
    let Some(name) = &input.start_record_name else {
        return match (kind, identifier) {
            (None, None) => Ok(format!("{zone_id} ")),
            _ => {
                Err(errors::invalid_input("StartRecordType and StartRecordIdentifier need StartRecordName."))
            }
        };
    };
    if kind.is_none() && identifier.is_some() {
        return Err(errors::invalid_input("StartRecordIdentifier needs StartRecordType."));
    }
    let parsed =
        Name::parse(name).map_err(|error| errors::invalid_input(format!("{name}: {}", error.text())))?;
    Ok(RecordSet::start_of(zone_id, &parsed, kind, identifier))
}
