//! What every EC2 resource has: an id with a prefix, a name for tagging, and its own words for "there is no
//! such thing".

use crate::errors;
use crate::errors::Noun;
use crate::tag;
use controlplane_services_kernel::{Context, Reader, Record, ServiceError, Stored, manifest};

/// A record with an EC2 id.
pub trait Resource: Record {
    /// How AWS speaks of it.
    const NOUN: &'static Noun;
}

/// The caller's record `id`, or the error AWS gives for an id that is none or leads nowhere.
pub fn require<'r, R: Resource>(id: &str, cx: &'r Reader) -> Result<&'r R, ServiceError> {
    check_id(R::NOUN, id)?;
    cx.get(id).ok_or_else(|| errors::not_found(R::NOUN, id))
}

/// The same with its key.
pub fn require_stored<'r, R: Resource>(id: &str, cx: &'r Reader) -> Result<Stored<'r, R>, ServiceError> {
    check_id(R::NOUN, id)?;
    cx.view.stored(&cx.key::<R>(id)).ok_or_else(|| errors::not_found(R::NOUN, id))
}

/// Whether `id` could be the id of a `noun`.
pub fn check_id(noun: &Noun, id: &str) -> Result<(), ServiceError> {
    let rest = id.strip_prefix(noun.prefix).unwrap_or_default();
    if rest.is_empty() || rest.len() > 64 || !rest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(errors::malformed_id(noun, id));
    }
    Ok(())
}

/// Removes a record together with its tags and its manifest's memory.
pub fn delete<R: Resource>(id: &str, cx: &mut Context) {
    tag::forget(id, cx);
    manifest::forget(R::KIND, id, cx);
    cx.delete::<R>(id);
}

/// The ARN of one of the caller's EC2 resources.
pub fn arn(path: &str, id: &str, cx: &Reader) -> String {
    format!("arn:aws:ec2:{}:{}:{path}/{id}", cx.caller.region, cx.caller.account)
}
