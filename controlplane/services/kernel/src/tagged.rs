//! What a service tells of its resources that carry tags, for the one action that tags whatever has an ARN.
//!
//! A service knows where its tags live, how they are checked and which of its own actions would change them; who tags by ARN (the
//! Resource Groups Tagging API) knows none of that, and goes through this.

use crate::{Context, Reader, ServiceError};
use std::collections::BTreeMap;

/// Keys and values.
pub type TagMap = BTreeMap<String, String>;

/// The tagged resources of one service.
pub struct Tagged {
    /// The service as its ARNs have it: `ec2`.
    pub service: &'static str,
    /// The service's own action that a change of this resource's tags comes to, for policies; `None` for what it does not
    /// tag. The resource is the last part of the ARN: `instance/i-1`.
    pub permission: fn(resource: &str, is_removal: bool) -> Option<&'static str>,
    /// The caller's resources that have tags.
    pub list: fn(cx: &Reader) -> Vec<TaggedResource>,
    /// Changes the tags of the caller's resource; `arn` is known to be of this service, account and region.
    pub change: fn(arn: &Arn<'_>, change: &TagChange<'_>, cx: &mut Context) -> Result<(), ServiceError>,
}

/// A resource with tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaggedResource {
    /// Its ARN.
    pub arn: String,
    /// At least one.
    pub tags: TagMap,
}

/// What becomes of a resource's tags.
#[derive(Clone, Copy, Debug)]
pub enum TagChange<'c> {
    /// These are set.
    Add(&'c TagMap),
    /// These keys go, if they are there.
    Remove(&'c [String]),
}

/// The parts of `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// All of it.
    pub text: &'a str,
    /// Service.
    pub service: &'a str,
    /// Empty for resources of no region.
    pub region: &'a str,
    /// Empty where the resource's id says enough.
    pub account: &'a str,
    /// The rest.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if (parts.next(), parts.next()) != (Some("arn"), Some("aws")) {
            return None;
        }
        let (service, region, account, resource) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_whole = !service.is_empty() && !resource.is_empty();
        is_whole.then_some(Self { text, service, region, account, resource })
    }

    /// `instance` and `i-1` of `instance/i-1`.
    pub fn type_and_id(&self) -> Option<(&'a str, &'a str)> {
        self.resource.split_once(['/', ':']).filter(|(kind, id)| !kind.is_empty() && !id.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_six_parts() {
        let arn = Arn::parse("arn:aws:ec2:us-east-1:1:instance/i-1").expect("an ARN");
        assert_eq!((arn.service, arn.region, arn.account), ("ec2", "us-east-1", "1"));
        assert_eq!(arn.type_and_id(), Some(("instance", "i-1")));
        let group = "arn:aws:autoscaling:r:1:autoScalingGroup:uuid:autoScalingGroupName/web";
        let arn = Arn::parse(group).expect("an ARN");
        assert_eq!(arn.type_and_id(), Some(("autoScalingGroup", "uuid:autoScalingGroupName/web")));
        for text in [
            "",
            "arn",
            "arn:aws:ec2",
            "arn:aws:ec2:r:1",
            "arn:gcp:ec2:r:1:x",
            "arn:aws::r:1:x",
            "arn:aws:ec2:r:1:",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
