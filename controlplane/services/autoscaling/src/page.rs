//! Paging: the token is the position of the last item of the page before, so an item that goes away between two pages
//! neither ends a listing nor makes it skip another one.

use crate::errors;
use controlplane_services_kernel::ServiceError;
use std::cmp::Ordering;

/// Items in the order of their positions, and that order.
#[derive(Debug)]
pub struct Listing<T> {
    /// Stands in the token: a token of one listing is none of another.
    of: &'static str,
    /// How a later position compares to an earlier one.
    later: Ordering,
    items: Vec<(String, T)>,
}

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

impl<T> Listing<T> {
    /// Puts items, given with their positions, in order.
    pub fn new(of: &'static str, later: Ordering, mut items: Vec<(String, T)>) -> Self {
        items.sort_by(|(a, _), (b, _)| if later == Ordering::Greater { a.cmp(b) } else { b.cmp(a) });
        Self { of, later, items }
    }

    /// At most `size` items after the page that gave `token`, and the token of the next page.
    pub fn cut(self, token: Option<&str>, size: usize) -> Result<(Vec<T>, Option<String>), ServiceError> {
        let Self { of, later, items } = self;
        let after = token.map(|token| read_token(of, token)).transpose()?;
        let mut rest = items
            .into_iter()
            .filter(|(position, _)| after.is_none_or(|after| position.as_str().cmp(after) == later))
            .peekable();
        let mut last = None;
        let mut page = Vec::new();
        for (position, item) in rest.by_ref().take(size) {
            last = Some(position);
            page.push(item);
        }
        let more = rest.peek().is_some();
        Ok((page, last.filter(|_| more).map(|last| format!("{of}/{last}"))))
    }
}

fn read_token<'t>(of: &str, token: &'t str) -> Result<&'t str, ServiceError> {
    token.strip_prefix(of).and_then(|rest| rest.strip_prefix('/')).ok_or_else(errors::invalid_next_token)
}
