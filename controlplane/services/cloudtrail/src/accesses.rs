//! Which trail an action is about.

use crate::trail::Trail;
use controlplane_services_kernel::{Access, Reader, access};
use serde_json::Value;

/// The trails the input names, by name or ARN; what names none is about nothing in particular, as in AWS.
pub(crate) fn of(action: &str, input: &Value, cx: &Reader) -> Vec<Access> {
    if matches!(action, "DescribeTrails" | "ListTrails" | "LookupEvents") {
        return vec![Access::anything()];
    }
    let one = ["Name", "TrailName", "ResourceId"].iter().filter_map(|member| input[*member].as_str());
    let several = input["ResourceIdList"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let named: Vec<&str> = one.chain(several).collect();
    if named.is_empty() {
        return vec![Access::anything()];
    }
    let tags = input["TagsList"].as_array().into_iter().flatten();
    let tags = tags.filter_map(|tag| Some((tag["Key"].as_str()?, tag["Value"].as_str().unwrap_or_default())));
    named.into_iter().map(|name| access::request_tags(Access::to(arn(name, cx)), tags.clone())).collect()
}

fn arn(name: &str, cx: &Reader) -> String {
    match name.starts_with("arn:") {
        true => name.to_owned(),
        false => Trail::arn(name, &cx.caller.account, &cx.caller.region),
    }
}
