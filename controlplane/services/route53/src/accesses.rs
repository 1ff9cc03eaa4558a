//! Which hosted zone, health check or change an action is about.

use controlplane_services_kernel::{Access, Reader};
use serde_json::Value;

/// What the input names. Route 53 is of no region and its ARNs of no account.
pub(crate) fn of(action: &str, input: &Value, _: &Reader) -> Vec<Access> {
    let member = |name: &str| input[name].as_str();
    let named = match action {
        // The zone to begin the list with is no resource asked about.
        "ListHostedZonesByName" => None,
        "GetChange" => member("Id").map(|id| ("change", id)),
        _ => member("HostedZoneId")
            .map(|id| ("hostedzone", id))
            .or_else(|| member("HealthCheckId").map(|id| ("healthcheck", id)))
            .or_else(|| member("ResourceType").zip(member("ResourceId")))
            .or_else(|| member("Id").map(|id| ("hostedzone", id))),
    };
    vec![named.map_or_else(Access::anything, |(kind, id)| {
        // Ids are also taken with their path, which answers carry.
        let id = id.rsplit('/').next().unwrap_or(id);
        Access::to(format!("arn:aws:route53:::{kind}/{id}"))
    })]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record_set::tests::context;
    use serde_json::json;

    #[test]
    fn an_action_is_about_what_it_names() {
        let cx = context();
        for (action, input, expected) in [
            ("GetHostedZone", json!({"Id": "/hostedzone/Z1"}), "arn:aws:route53:::hostedzone/Z1"),
            ("DeleteHostedZone", json!({"Id": "Z1"}), "arn:aws:route53:::hostedzone/Z1"),
            (
                "ChangeResourceRecordSets",
                json!({"HostedZoneId": "hostedzone/Z1"}),
                "arn:aws:route53:::hostedzone/Z1",
            ),
            ("GetHealthCheck", json!({"HealthCheckId": "h-1"}), "arn:aws:route53:::healthcheck/h-1"),
            ("GetChange", json!({"Id": "/change/C1"}), "arn:aws:route53:::change/C1"),
            (
                "ListTagsForResource",
                json!({"ResourceType": "healthcheck", "ResourceId": "h-1"}),
                "arn:aws:route53:::healthcheck/h-1",
            ),
            ("ListHostedZonesByName", json!({"HostedZoneId": "Z1"}), "*"),
            ("ListHostedZones", json!({}), "*"),
        ] {
            assert_eq!(of(action, &input, &cx), [Access::to(expected)], "{action}");
        }
    }
}
