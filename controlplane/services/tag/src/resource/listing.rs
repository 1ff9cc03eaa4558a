//! All tagged resources in the order of their ARNs, and pages of what is in order.

use super::TAGGED;
use crate::errors;
use controlplane_services_kernel::tagged::TaggedResource;
use controlplane_services_kernel::{Reader, ServiceError};

/// The caller's tagged resources.
pub(super) fn all(cx: &Reader) -> Vec<TaggedResource> {
    let mut all: Vec<TaggedResource> = TAGGED.iter().flat_map(|service| (service.list)(cx)).collect();
    all.sort();
    all
}

/// At most `size` of what comes after the item that `token` names, and the token of the next page: empty when there is none,
/// as in AWS.
pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    name: impl Fn(&T) -> &str,
    token: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, String), ServiceError> {
    let after = token.filter(|token| !token.is_empty()).map(read_token).transpose()?;
    let mut rest = items.filter(|item| after.is_none_or(|after| name(item) > after));
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let more = rest.next().is_some();
    let token = page.last().filter(|_| more).map(|last| format!("{TOKEN}{}", name(last)));
    Ok((page, token.unwrap_or_default()))
}

/// What tokens begin with, so that not every text is one.
const TOKEN: &str = "after:";

fn read_token(token: &str) -> Result<&str, ServiceError> {
    token.strip_prefix(TOKEN).ok_or_else(errors::expired_token)
}
