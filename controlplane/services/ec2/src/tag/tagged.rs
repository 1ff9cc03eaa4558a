//! EC2's tags for who tags by ARN: the same as `CreateTags` and `DeleteTags`.

use super::ResourceTags;
use super::ops::create_tags::{CreateTags, CreateTagsInput};
use super::ops::delete_tags::{DeleteTags, DeleteTagsInput, TagToDelete};
use super::types::Tag;
use crate::{errors, resource};
use controlplane_services_kernel::tagged::{Arn, TagChange, Tagged, TaggedResource};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};

/// See the module.
pub static TAGGED: Tagged = Tagged { service: "ec2", permission, list, change };

fn permission(_: &str, is_removal: bool) -> Option<&'static str> {
    Some(if is_removal { "ec2:DeleteTags" } else { "ec2:CreateTags" })
}

fn list(cx: &Reader) -> Vec<TaggedResource> {
    let of = |id: &str, found: &ResourceTags| TaggedResource {
        arn: resource::arn(&found.resource_type, id, cx),
        tags: found.tags.clone(),
    };
    cx.list::<ResourceTags>().map(|found| of(found.key.id(), found.record)).collect()
}

fn change(arn: &Arn<'_>, change: &TagChange<'_>, cx: &mut Context) -> Result<(), ServiceError> {
    let (kind, id) = arn.type_and_id().ok_or_else(|| errors::not_taggable(arn.resource))?;
    let noun = super::ops::taggable(id, cx)?;
    if noun.tag_type != kind {
        return Err(errors::not_taggable(arn.resource));
    }
    let resources = vec![id.to_owned()];
    match change {
        TagChange::Add(tags) => {
            let tags = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
            let input = CreateTagsInput { resources, tags: tags.collect(), dry_run: None };
            CreateTags::run(&input, cx)?;
        }
        TagChange::Remove(keys) => {
            let tags = keys.iter().map(|key| TagToDelete { key: key.clone(), value: None });
            let input = DeleteTagsInput { resources, tags: Some(tags.collect()), dry_run: None };
            DeleteTags::run(&input, cx)?;
        }
    }
    Ok(())
}
