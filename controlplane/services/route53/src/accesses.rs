//! Which hosted zones, health checks and so on an action is about.

use controlplane_services_kernel::{Access, Reader};
use serde_json::Value;

/// Members that name resources of one type wherever they stand.
const MEMBERS: [(&str, &str); 5] = [
    ("HostedZoneId", "hostedzone"),
    ("HealthCheckId", "healthcheck"),
    ("CollectionId", "cidrcollection"),
    ("DelegationSetId", "delegationset"),
    ("TrafficPolicyId", "trafficpolicy"),
];

/// What the input names. Route 53 is of no region and its ARNs of no account.
pub(crate) fn of(action: &str, input: &Value, reader: &Reader) -> Vec<Access> {
    let text = |name: &str| input[name].as_str();
    let mut named: Vec<(&str, &str)> = Vec::new();
    // A zone to begin a list with, or a set to pick from it, is no resource asked about; neither is what a new zone begins with.
    if !matches!(action, "ListHostedZonesByName" | "ListHostedZones" | "CreateHostedZone") {
        named.extend(MEMBERS.iter().filter_map(|(member, kind)| Some((*kind, text(member)?))));
    }
    named.extend(text("Id").map(|id| (kind_of_id(action), id)));
    if let Some(kind) = text("ResourceType") {
        let several = input["ResourceIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
        named.extend(text("ResourceId").into_iter().chain(several).map(|id| (kind, id)));
    }
    let vpc = vpc(input, reader);
    if named.is_empty() && vpc.is_none() {
        return vec![Access::anything()];
    }
    // Ids are also taken with their path, which answers carry.
    let arn = |(kind, id): (&str, &str)| {
        Access::to(format!("arn:aws:route53:::{kind}/{}", id.rsplit('/').next().unwrap_or(id)))
    };
    named.into_iter().map(arn).chain(vpc).collect()
}

/// The VPC that a private zone is created with, associated with, or looked for by. Its ARN says whose the caller takes it to be.
fn vpc(input: &Value, reader: &Reader) -> Option<Access> {
    let member = |name: &str| input["VPC"][name].as_str().or_else(|| input[name].as_str());
    let (id, region) = member("VPCId").zip(member("VPCRegion"))?;
    Some(Access::to(format!("arn:aws:ec2:{region}:{}:vpc/{id}", reader.caller.account)))
}

/// Type of the resource that is `Id` to an action.
fn kind_of_id(action: &str) -> &'static str {
    let kinds = [
        ("CidrCollection", "cidrcollection"),
        ("DelegationSet", "delegationset"),
        ("TrafficPolicyInstance", "trafficpolicyinstance"),
        ("TrafficPolicy", "trafficpolicy"),
        ("QueryLoggingConfig", "queryloggingconfig"),
        ("GetChange", "change"),
    ];
    let found = kinds.iter().find(|(part, _)| action.contains(part));
    found.map_or("hostedzone", |(_, kind)| kind)
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
            ("ListHostedZones", json!({"DelegationSetId": "N1"}), "*"),
            ("DeleteCidrCollection", json!({"Id": "c-1"}), "arn:aws:route53:::cidrcollection/c-1"),
            ("GetQueryLoggingConfig", json!({"Id": "q-1"}), "arn:aws:route53:::queryloggingconfig/q-1"),
            ("ListQueryLoggingConfigs", json!({"HostedZoneId": "Z1"}), "arn:aws:route53:::hostedzone/Z1"),
            ("TestDNSAnswer", json!({"HostedZoneId": "Z1"}), "arn:aws:route53:::hostedzone/Z1"),
            ("ListCidrBlocks", json!({"CollectionId": "c-1"}), "arn:aws:route53:::cidrcollection/c-1"),
            (
                "GetReusableDelegationSet",
                json!({"Id": "/delegationset/N1"}),
                "arn:aws:route53:::delegationset/N1",
            ),
            (
                "DeleteTrafficPolicy",
                json!({"Id": "t-1", "Version": 1}),
                "arn:aws:route53:::trafficpolicy/t-1",
            ),
            ("GetTrafficPolicyInstance", json!({"Id": "i-1"}), "arn:aws:route53:::trafficpolicyinstance/i-1"),
        ] {
            assert_eq!(of(action, &input, &cx), [Access::to(expected)], "{action}");
        }
    }

    #[test]
    fn an_action_may_be_about_several() {
        let cx = context();
        for (action, input, expected) in [
            (
                "CreateTrafficPolicyInstance",
                json!({"HostedZoneId": "Z1", "TrafficPolicyId": "t-1"}),
                ["hostedzone/Z1", "trafficpolicy/t-1"],
            ),
            (
                "UpdateTrafficPolicyInstance",
                json!({"Id": "i-1", "TrafficPolicyId": "t-1"}),
                ["trafficpolicy/t-1", "trafficpolicyinstance/i-1"],
            ),
            (
                "ListTagsForResources",
                json!({"ResourceType": "healthcheck", "ResourceIds": ["h-1", "h-2"]}),
                ["healthcheck/h-1", "healthcheck/h-2"],
            ),
        ] {
            let expected = expected.map(|resource| Access::to(format!("arn:aws:route53:::{resource}")));
            assert_eq!(of(action, &input, &cx), expected, "{action}");
        }
    }

    #[test]
    fn an_action_on_a_vpc_is_about_it() {
        let cx = context();
        let vpc = json!({"VPCId": "vpc-1", "VPCRegion": "eu-west-1"});
        let about_vpc = Access::to("arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1");
        assert_eq!(
            of("CreateHostedZone", &json!({"Name": "a.b", "VPC": vpc}), &cx),
            std::slice::from_ref(&about_vpc)
        );
        assert_eq!(of("ListHostedZonesByVPC", &vpc, &cx), std::slice::from_ref(&about_vpc));
        let both = of("AssociateVPCWithHostedZone", &json!({"HostedZoneId": "Z1", "VPC": vpc}), &cx);
        assert_eq!(both, [Access::to("arn:aws:route53:::hostedzone/Z1"), about_vpc]);
    }
}
