//! ListResourceRecordSetProtections: in the order of record sets.

use crate::record_set::RecordSet;
use crate::record_set_protection::{ProtectionShown, RecordSetProtection};
use crate::{errors, hosted_zone, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_types::dns::Name;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListResourceRecordSetProtections;

/// Request. A token says more than where to start, which is not looked at beside it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListResourceRecordSetProtectionsInput {
    hosted_zone_id: String,
    #[serde(default)]
    start_record_name: Option<String>,
    #[serde(default)]
    start_record_type: Option<String>,
    #[serde(default)]
    max_results: Option<String>,
    #[serde(default)]
    next_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListResourceRecordSetProtectionsOutput {
    resource_record_set_protections: Vec<ProtectionShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Query for ListResourceRecordSetProtections {
    const NAME: &'static str = "ListResourceRecordSetProtections";
    type Input = ListResourceRecordSetProtectionsInput;
    type Output = ListResourceRecordSetProtectionsOutput;

    fn run(
        input: &ListResourceRecordSetProtectionsInput,
        cx: &Reader,
    ) -> Result<ListResourceRecordSetProtectionsOutput, ServiceError> {
        let (zone_id, _) = hosted_zone::existing(&input.hosted_zone_id, cx)?;
        let token = input.next_token.as_deref();
        let paging =
            page::Tokens::read(token, input.max_results.as_deref(), 300, errors::invalid_pagination_token)?;
        let start = if token.is_some() { String::new() } else { start(zone_id, input)? };
        let listed =
            RecordSetProtection::of_zone(zone_id, cx).filter(|found| found.key.id() >= start.as_str());
        let (found, next_token) = paging.cut(listed, |found| found.key.id().to_owned());
        Ok(ListResourceRecordSetProtectionsOutput {
            resource_record_set_protections: found
                .iter()
                .map(|found| ProtectionShown::from(found.record))
                .collect(),
            next_token,
        })
    }
}

fn start(zone_id: &str, input: &ListResourceRecordSetProtectionsInput) -> Result<String, ServiceError> {
    let kind = input.start_record_type.as_deref();
    let Some(name) = &input.start_record_name else {
        return match kind {
            None => Ok(String::new()),
            Some(_) => Err(errors::invalid_input("StartRecordType needs StartRecordName.")),
        };
    };
    let parsed =
        Name::parse(name).map_err(|error| errors::invalid_input(format!("{name}: {}", error.text())))?;
    Ok(RecordSet::start_of(zone_id, &parsed, kind, None))
}
