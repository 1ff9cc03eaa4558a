//! What TagResources and UntagResources have in common: each resource succeeds or fails by itself.
//!
//! Who may: `tag:TagResources`, and besides the service's own permission on every resource. AWS lets the resources of which
//! one may not fail alone; here the whole is refused then, which is stricter and says which one it was.

use super::TAGGED;
use crate::errors;
use controlplane_services_kernel::tagged::{Arn, TagChange, Tagged};
use controlplane_services_kernel::{Access, Context, Reader, ServiceError};
use serde::Serialize;
use std::collections::BTreeMap;

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangedOutput {
    failed_resources_map: Vec<Failed>,
}

/// An entry of the map of what failed.
#[derive(Debug, Serialize)]
struct Failed {
    key: String,
    value: FailureInfo,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FailureInfo {
    status_code: u16,
    error_code: &'static str,
    error_message: String,
}

impl From<ServiceError> for FailureInfo {
    /// AWS has two codes for all reasons; the reason's own is in the message.
    fn from(error: ServiceError) -> Self {
        let error_code = match error.is_sender_fault() {
            true => "InvalidParameterException",
            false => "InternalServiceException",
        };
        Self { status_code: error.status, error_code, error_message: error.to_string() }
    }
}

/// The parts of an ARN and the service that tags it.
fn find<'a>(text: &'a str, cx: &Reader) -> Result<(Arn<'a>, &'static Tagged), ServiceError> {
    let arn = Arn::parse(text).ok_or_else(|| errors::not_an_arn(text))?;
    let is_here = arn.region.is_empty() || arn.region == cx.caller.region.as_str();
    let is_ours = arn.account.is_empty() || arn.account == cx.caller.account.as_str();
    if !is_here || !is_ours {
        return Err(errors::not_an_arn(text));
    }
    let service = TAGGED.iter().find(|service| service.service == arn.service);
    service.map(|service| (arn, *service)).ok_or_else(|| errors::unknown_service(arn.service))
}

/// What policies are asked: the action itself, with the tags it gives, and each resource's own.
pub(super) fn accesses(own: Access, arns: &[String], is_removal: bool, cx: &Reader) -> Vec<Access> {
    let each = arns.iter().filter_map(|text| {
        let (arn, service) = find(text, cx).ok()?;
        let action = (service.permission)(arn.resource, is_removal)?;
        Some(Access::to(text.clone()).by(action))
    });
    std::iter::once(own).chain(each).collect()
}

/// Changes the tags of each.
pub(super) fn change(arns: &[String], change: &TagChange<'_>, cx: &mut Context) -> ChangedOutput {
    let mut failed = BTreeMap::new();
    for text in arns {
        let changed = cx.attempt(|cx| {
            let (arn, service) = find(text, cx)?;
            (service.change)(&arn, change, cx)
        });
        if let Err(error) = changed {
            failed.insert(text.clone(), error);
        }
    }
    let failed = failed.into_iter().map(|(key, error)| Failed { key, value: error.into() });
    ChangedOutput { failed_resources_map: failed.collect() }
}
