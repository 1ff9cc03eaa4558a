//! IAM's tags for who tags by ARN: instance profiles and managed policies, as in AWS. Users and roles are tagged by IAM only.

use super::Tag;
use super::types::Tagged as Entity;
use super::validate;
use crate::errors;
use crate::instance_profile::InstanceProfile;
use crate::managed_policy::ManagedPolicy;
use controlplane_services_kernel::tagged::{Arn, TagChange, Tagged, TaggedResource};
use controlplane_services_kernel::{Context, Reader, ServiceError};

/// See the module.
pub static TAGGED: Tagged = Tagged { service: "iam", permission, list, change };

fn permission(resource: &str, is_removal: bool) -> Option<&'static str> {
    match (resource.split('/').next()?, is_removal) {
        ("instance-profile", false) => Some("iam:TagInstanceProfile"),
        ("instance-profile", true) => Some("iam:UntagInstanceProfile"),
        ("policy", false) => Some("iam:TagPolicy"),
        ("policy", true) => Some("iam:UntagPolicy"),
        _ => None,
    }
}

fn list(cx: &Reader) -> Vec<TaggedResource> {
    let mut all = of::<InstanceProfile>(cx);
    all.extend(of::<ManagedPolicy>(cx));
    all
}

fn of<E: Entity>(cx: &Reader) -> Vec<TaggedResource> {
    let tagged = cx.list::<E>().filter(|entity| !entity.tags().is_empty());
    let shown =
        |entity: &E| TaggedResource { arn: entity.arn(&cx.caller.account), tags: entity.tags().clone() };
    tagged.map(|entity| shown(entity.record)).collect()
}

fn change(arn: &Arn<'_>, change: &TagChange<'_>, cx: &mut Context) -> Result<(), ServiceError> {
    match arn.type_and_id() {
        Some(("instance-profile", _)) => on::<InstanceProfile>(arn, change, cx),
        Some(("policy", _)) => on::<ManagedPolicy>(arn, change, cx),
        _ => Err(errors::not_taggable_by_arn(arn.text)),
    }
}

fn on<E: Entity>(arn: &Arn<'_>, change: &TagChange<'_>, cx: &mut Context) -> Result<(), ServiceError> {
    let found = E::of_arn(&cx.view, &cx.caller.account, arn.text);
    let mut entity = found.map(|found| found.record.clone()).ok_or_else(|| errors::missing::<E>(arn.text))?;
    match change {
        TagChange::Add(tags) => {
            let tags = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
            validate::add(&tags.collect::<Vec<_>>(), entity.tags_mut())?;
        }
        TagChange::Remove(keys) => validate::remove(keys, entity.tags_mut()),
    }
    entity.store(cx);
    Ok(())
}
