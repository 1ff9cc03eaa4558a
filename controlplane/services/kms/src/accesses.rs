//! What policies are asked: about the key that is named.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>

use crate::key::arn_of;
use controlplane_services_kernel::{Access, Reader};
use serde_json::Value;

pub(crate) fn of(_: &str, input: &Value, cx: &Reader) -> Vec<Access> {
    match input["KeyId"].as_str() {
        Some(arn) if arn.starts_with("arn:") => vec![Access::to(arn.to_owned())],
        Some(id) => vec![Access::to(arn_of(id, &cx.caller))],
        None => vec![Access::anything()],
    }
}
