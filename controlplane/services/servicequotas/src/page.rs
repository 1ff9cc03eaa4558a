//! Pages of lists that are in order: the token is how many came before, since the lists only grow at their end.

use crate::errors;
use controlplane_services_kernel::ServiceError;

/// Items on a page, if nobody says.
const PAGE: usize = 100;

/// At most `size` items after those that `token` counts, and the token of the next page.
pub(crate) fn page<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    size: Option<usize>,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let before = token.map(|token| token.parse::<usize>().map_err(|_| errors::invalid_token()));
    let before = before.transpose()?.unwrap_or_default();
    let mut rest = items.skip(before);
    let page: Vec<T> = rest.by_ref().take(size.unwrap_or(PAGE)).collect();
    let next = rest.next().map(|_| (before + page.len()).to_string());
    Ok((page, next))
}
