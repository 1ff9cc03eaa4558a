//! Which Auto Scaling group an action is about.

use crate::auto_scaling_group::validate;
use controlplane_services_kernel::{Access, Reader, access};
use serde_json::Value;

/// The group the input names, itself or by one of its instances. A group launches from its template for whoever made it or
/// gave it another, so he has to be allowed to launch.
pub(crate) fn of(action: &str, input: &Value, cx: &Reader) -> Vec<Access> {
    if action.starts_with("Describe") {
        return vec![Access::anything()];
    }
    let by_instance = || Some(validate::managed(input["InstanceId"].as_str()?, cx).ok()?.0.to_owned());
    let name = input["AutoScalingGroupName"].as_str().map(str::to_owned).or_else(by_instance);
    let Some(name) = name else { return vec![Access::anything()] };
    let tags = input["Tags"].as_array().into_iter().flatten();
    let tags = tags.filter_map(|tag| Some((tag["Key"].as_str()?, tag["Value"].as_str().unwrap_or_default())));
    let group = access::request_tags(Access::to(arn(&name, cx)), tags);
    let (region, account) = (&cx.caller.region, &cx.caller.account);
    let launches = input["LaunchTemplate"]
        .is_object()
        .then(|| Access::to(format!("arn:aws:ec2:{region}:{account}:instance/*")).by("ec2:RunInstances"));
    std::iter::once(group).chain(launches).collect()
}

/// The ARN of the caller's group `name`.
pub(crate) fn arn(name: &str, cx: &Reader) -> String {
    let (region, account) = (&cx.caller.region, &cx.caller.account);
    format!("arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{name}:autoScalingGroupName/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::World;
    use serde_json::json;

    #[test]
    fn an_action_is_about_its_group() {
        let mut world = World::with_group(1);
        let instances = world.ok("DescribeAutoScalingInstances", json!({}));
        let instance = &instances["AutoScalingInstances"][0]["InstanceId"];
        let cx = world.reader();
        let arn = |name: &str| {
            format!(
                "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:{name}:autoScalingGroupName/{name}"
            )
        };
        let named = json!({"AutoScalingGroupName": "web"});
        assert_eq!(of("DeleteAutoScalingGroup", &named, &cx), [Access::to(arn("web"))]);
        assert_eq!(of("DescribeAutoScalingGroups", &named, &cx), [Access::anything()]);
        assert_eq!(of("SetInstanceHealth", &json!({"InstanceId": instance}), &cx), [Access::to(arn("web"))]);
        assert_eq!(of("SetInstanceHealth", &json!({"InstanceId": "i-0"}), &cx), [Access::anything()]);
        let update = json!({"AutoScalingGroupName": "web", "LaunchTemplate": {"LaunchTemplateName": "t"}});
        let launch = Access::to("arn:aws:ec2:us-east-1:123456789012:instance/*").by("ec2:RunInstances");
        assert_eq!(of("UpdateAutoScalingGroup", &update, &cx), [Access::to(arn("web")), launch]);
    }
}
