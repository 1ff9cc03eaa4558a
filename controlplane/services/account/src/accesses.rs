//! What policies are asked: always about the account itself.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsaccountmanagement.html>

use controlplane_services_kernel::{Access, Reader};
use serde_json::Value;

/// Members of inputs that are condition keys too.
const FACTS: [(&str, &str); 2] =
    [("AlternateContactType", "account:AlternateContactTypes"), ("RegionName", "account:TargetRegion")];

/// The account, with what the input says of contact and region.
pub(crate) fn of(_: &str, input: &Value, cx: &Reader) -> Vec<Access> {
    let account = Access::to(format!("arn:aws:account::{}:account", cx.caller.account));
    let facts = FACTS.iter().filter_map(|(member, key)| Some((*key, input[*member].as_str()?)));
    vec![facts.fold(account, |access, (key, value)| access.with(key, value))]
}
