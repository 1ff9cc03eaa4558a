//! Route 53's tags for who tags by ARN: the same as `ChangeTagsForResource`.

use super::ops::change_tags_for_resource::{ChangeTagsForResource, ChangeTagsForResourceInput};
use super::{ResourceTags, ResourceType, Tag};
use crate::errors;
use controlplane_services_kernel::tagged::{Arn, TagChange, Tagged, TaggedResource};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};

/// See the module.
pub static TAGGED: Tagged = Tagged { service: "route53", permission, list, change };

/// As many as one call of the action takes.
const AT_ONCE: usize = 10;

fn permission(_: &str, _: bool) -> Option<&'static str> {
    Some("route53:ChangeTagsForResource")
}

fn list(cx: &Reader) -> Vec<TaggedResource> {
    let of = |id: &str, found: &ResourceTags| TaggedResource {
        arn: format!("arn:aws:route53:::{id}"),
        tags: found.tags.clone(),
    };
    cx.list::<ResourceTags>().map(|found| of(found.key.id(), found.record)).collect()
}

fn change(arn: &Arn<'_>, change: &TagChange<'_>, cx: &mut Context) -> Result<(), ServiceError> {
    let (resource_type, id) = match arn.type_and_id() {
        Some(("hostedzone", id)) => (ResourceType::HostedZone, id),
        Some(("healthcheck", id)) => (ResourceType::HealthCheck, id),
        _ => return Err(errors::not_taggable(arn.resource)),
    };
    let input = |add_tags, remove_tag_keys| ChangeTagsForResourceInput {
        resource_type,
        resource_id: id.to_owned(),
        add_tags,
        remove_tag_keys,
    };
    match change {
        TagChange::Add(tags) => {
            let all = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
            for tags in all.collect::<Vec<_>>().chunks(AT_ONCE) {
                ChangeTagsForResource::run(&input(Some(tags.to_vec()), None), cx)?;
            }
        }
        TagChange::Remove(keys) => {
            for keys in keys.chunks(AT_ONCE) {
                ChangeTagsForResource::run(&input(None, Some(keys.to_vec())), cx)?;
            }
        }
    }
    Ok(())
}
