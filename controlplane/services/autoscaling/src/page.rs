//! Paging: the token is the name to go on from.

use crate::errors;
use controlplane_services_kernel::ServiceError;

/// How many a page holds.
pub fn size(given: Option<i64>, default: usize, ceiling: usize) -> Result<usize, ServiceError> {
    match given {
        None => Ok(default),
        Some(count) => usize::try_from(count)
            .ok()
            .filter(|count| (1..=ceiling).contains(count))
            .ok_or_else(|| errors::validation(format!("MaxRecords: {count} is not from 1 to {ceiling}"))),
    }
}

/// At most `size` items from the one named by `token`, and the token of the next page.
pub fn cut<T>(
    items: Vec<(String, T)>,
    token: Option<&str>,
    size: usize,
) -> Result<(Vec<(String, T)>, Option<String>), ServiceError> {
    let start = match token {
        None => 0,
        Some(token) => {
            items.iter().position(|(name, _)| name == token).ok_or_else(errors::invalid_next_token)?
        }
    };
    let mut rest = items.into_iter().skip(start);
    let page: Vec<(String, T)> = rest.by_ref().take(size).collect();
    Ok((page, rest.next().map(|(name, _)| name)))
}
