//! Paging as Route 53 does it. Older listings: `MaxItems` is text, is echoed, and has a ceiling per listing; a marker is where the
//! next page begins. Newer ones: `MaxResults`, and a token that nobody is to look into.

use crate::errors;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use controlplane_services_kernel::ServiceError;

/// Reads `MaxItems`.
pub fn max_items(given: Option<&str>, ceiling: usize) -> Result<usize, ServiceError> {
    at_most("MaxItems", given, ceiling)
}

fn at_most(member: &str, given: Option<&str>, ceiling: usize) -> Result<usize, ServiceError> {
    let Some(text) = given else { return Ok(ceiling) };
    match text.parse::<usize>() {
        Ok(0) | Err(_) => {
            Err(errors::invalid_input(format!("{member}: {text} is not a number from 1 to {ceiling}")))
        }
        Ok(count) => Ok(count.min(ceiling)),
    }
}

/// At most `max` items, and the one after them.
pub fn cut<T>(items: impl Iterator<Item = T>, max: usize) -> (Vec<T>, Option<T>) {
    let mut items = items.take(max + 1).collect::<Vec<_>>();
    let next = if items.len() > max { items.pop() } else { None };
    (items, next)
}

/// A page by token. The token is the position of the item the next page begins with, so it needs no memory here, and an item
/// that goes away in between makes no page skip another.
#[derive(Debug)]
pub struct Tokens {
    from: Option<String>,
    max: usize,
}

impl Tokens {
    /// Reads `NextToken` and `MaxResults`; `foreign` is the error of a token from elsewhere.
    pub fn read(
        token: Option<&str>,
        max: Option<&str>,
        ceiling: usize,
        foreign: fn(&str) -> ServiceError,
    ) -> Result<Self, ServiceError> {
        let from = token.map(|token| {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok();
            let position = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            position.ok_or_else(|| foreign(token))
        });
        Ok(Self { from: from.transpose()?, max: at_most("MaxResults", max, ceiling)? })
    }

    /// The page of `items`, which come in the order of their positions, and the token of the next one.
    pub fn cut<T>(
        &self,
        items: impl Iterator<Item = T>,
        position: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let rest = items.filter(|item| self.from.as_ref().is_none_or(|from| position(item) >= *from));
        let (page, next) = cut(rest, self.max);
        (page, next.map(|next| URL_SAFE_NO_PAD.encode(position(&next))))
    }
}

/// An id with or without the path AWS puts before it.
pub fn bare_id<'i>(id: &'i str, path: &str) -> &'i str {
    let id = id.strip_prefix('/').unwrap_or(id);
    id.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id)
}
