//! Groups' tags for who tags by ARN. A tag that is new does not go to instances: nobody has said that it should.

use super::ops::shown::{TagShape, tag_shown};
use super::{AutoScalingGroup, GroupTag, validate};
use crate::accesses;
use crate::errors;
use controlplane_services_kernel::tagged::{Arn, TagChange, Tagged, TaggedResource};
use controlplane_services_kernel::{Context, Reader, ServiceError};

/// See the module.
pub static TAGGED: Tagged = Tagged { service: "autoscaling", permission, list, change };

fn permission(_: &str, is_removal: bool) -> Option<&'static str> {
    Some(if is_removal { "autoscaling:DeleteTags" } else { "autoscaling:CreateOrUpdateTags" })
}

fn list(cx: &Reader) -> Vec<TaggedResource> {
    let tagged = cx.list::<AutoScalingGroup>().filter(|group| !group.tags.is_empty());
    let shown = |name: &str, group: &AutoScalingGroup| TaggedResource {
        arn: accesses::arn(name, cx),
        tags: group.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
    };
    tagged.map(|group| shown(group.key.id(), group.record)).collect()
}

fn change(arn: &Arn<'_>, change: &TagChange<'_>, cx: &mut Context) -> Result<(), ServiceError> {
    let name = arn.resource.split_once(":autoScalingGroupName/").map(|(_, name)| name);
    let name = name.filter(|name| accesses::arn(name, cx) == arn.text);
    let name = name.ok_or_else(|| errors::group_not_found(arn.text))?;
    let mut group = validate::changeable(name, cx)?.clone();
    match change {
        TagChange::Add(tags) => {
            let propagates =
                |key: &str| group.tags.iter().any(|tag| tag.key == key && tag.propagate_at_launch);
            let added = tags.iter().map(|(key, value)| GroupTag {
                key: key.clone(),
                value: value.clone(),
                propagate_at_launch: propagates(key),
            });
            let added: Vec<GroupTag> = added.collect();
            group.tags.retain(|tag| !tags.contains_key(&tag.key));
            group.tags.extend(added);
        }
        TagChange::Remove(keys) => group.tags.retain(|tag| !keys.contains(&tag.key)),
    }
    let shapes: Vec<TagShape> = group.tags.iter().map(|tag| tag_shown(name, tag)).collect();
    group.tags = validate::tags(name, &shapes)?;
    cx.put(name, group);
    Ok(())
}
