//! Paging as Route 53 does it: `MaxItems` is text, is echoed, and has a ceiling per listing.

use crate::errors;
use controlplane_services_kernel::ServiceError;

/// Reads `MaxItems`.
pub fn max_items(given: Option<&str>, ceiling: usize) -> Result<usize, ServiceError> {
    let Some(text) = given else { return Ok(ceiling) };
    match text.parse::<usize>() {
        Ok(0) | Err(_) => {
            Err(errors::invalid_input(format!("MaxItems: {text} is not a number from 1 to {ceiling}")))
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

/// An id with or without the path AWS puts before it.
pub fn bare_id<'i>(id: &'i str, path: &str) -> &'i str {
    let id = id.strip_prefix('/').unwrap_or(id);
    id.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id)
}
