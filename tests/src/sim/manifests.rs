//! What the tests declare.

use std::fmt::Write;

/// The zones of every simulated region.
pub const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];
/// The group in [`fleet`].
pub const GROUP: &str = "fleet";
/// The name in [`named_fleet`].
pub const NAME: &str = "fleet.sim.test.";

/// A VPC over three zones and an Auto Scaling group of `desired` instances in it.
pub fn fleet(desired: usize) -> String {
    format!("{}{}", ground(), group(desired, ""))
}

/// The same, with a name that is kept filled with the group's members.
pub fn named_fleet(desired: usize) -> String {
    let registry = "  serviceRegistry: {hostedZoneId: sim.test, name: fleet.sim.test, routingPolicy: multivalue, ttl: 5}\n";
    format!("{}{}", registers(), group(desired, registry))
}

/// A VPC over three zones and a zone for names: what registers are kept in.
pub fn registers() -> String {
    format!("{}---\nkind: HostedZone\nmetadata: {{name: sim.test}}\nspec: {{name: sim.test}}\n", ground())
}

fn ground() -> String {
    let mut text = String::from("kind: Vpc\nmetadata: {name: fleet}\nspec: {cidrBlock: 10.0.0.0/16}\n");
    for (index, zone) in ZONES.iter().enumerate() {
        // A subnet of 4091 usable addresses per zone. Writing into a `String` cannot fail.
        let _ = write!(
            text,
            "---\nkind: Subnet\nmetadata: {{name: {zone}}}\nspec:\n  vpcId: fleet\n  availabilityZone: {zone}\n  \
             cidrBlock: 10.0.{}.0/20\n",
            index * 16
        );
    }
    text.push_str(
        "---\nkind: SecurityGroup\nmetadata: {name: fleet}\nspec:\n  vpcId: fleet\n  description: one for all\n  \
         ingress:\n    - {ipProtocol: tcp, fromPort: 80, toPort: 80, sourceGroupId: fleet}\n\
         ---\nkind: LaunchTemplate\nmetadata: {name: fleet}\nspec:\n  launchTemplateData:\n    imageId: hearth/web\n    \
         instanceType: t3.micro\n    securityGroupIds: [fleet]\n",
    );
    text
}

fn group(desired: usize, registry: &str) -> String {
    format!(
        "---\nkind: AutoScalingGroup\nmetadata: {{name: {GROUP}}}\nspec:\n  minSize: 0\n  maxSize: {desired}\n  \
         desiredCapacity: {desired}\n  launchTemplate: {{launchTemplateId: fleet}}\n  vpcZoneIdentifier: [{}]\n{registry}",
        ZONES.join(", ")
    )
}
