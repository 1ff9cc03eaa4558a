//! `MaxItems`, `Marker` and `IsTruncated`, the same in every listing.
//!
//! A marker holds the key of the last item that was given, so that items which come or go between two pages are neither given
//! twice nor passed over. Clients are told to treat it as opaque.

use crate::errors;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use controlplane_services_kernel::ServiceError;

/// Items of a page when nobody says how many.
const DEFAULT: usize = 100;

/// Part of a listing.
#[derive(Debug, PartialEq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) is_truncated: bool,
    pub(crate) marker: Option<String>,
}

impl<T> Page<T> {
    pub(crate) fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, is_truncated, marker } = self;
        Page { items: items.into_iter().map(show).collect(), is_truncated, marker }
    }
}

/// The page of `items` behind `marker`. The items come in the order of their keys.
pub(crate) fn page<T>(
    items: impl Iterator<Item = (String, T)>,
    marker: Option<&str>,
    max_items: Option<usize>,
) -> Result<Page<T>, ServiceError> {
    let after = marker.map(last_given).transpose()?;
    let mut rest = items.skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let mut last = String::new();
    let given = rest.by_ref().take(max_items.unwrap_or(DEFAULT));
    let items = given
        .map(|(key, item)| {
            last = key;
            item
        })
        .collect();
    let is_truncated = rest.next().is_some();
    Ok(Page { items, is_truncated, marker: is_truncated.then(|| URL_SAFE_NO_PAD.encode(&last)) })
}

/// Keys for the few items of one entity that have none which would fit into a marker: their positions.
pub(crate) fn numbered<T>(items: impl Iterator<Item = T>) -> impl Iterator<Item = (String, T)> {
    items.enumerate().map(|(position, item)| (format!("{position:04}"), item))
}

fn last_given(marker: &str) -> Result<String, ServiceError> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).map_err(|_| errors::invalid_marker())?;
    String::from_utf8(bytes).map_err(|_| errors::invalid_marker())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_while_items_come_and_go() {
        let items = |keys: &str| keys.chars().map(|key| (key.to_string(), key)).collect::<Vec<_>>();
        let first = page(items("bdfh").into_iter(), None, Some(2)).unwrap();
        assert_eq!((first.items, first.is_truncated), (vec!['b', 'd'], true));
        let marker = first.marker.unwrap();
        for (now, rest) in [("bdfh", "fh"), ("abfh", "fh"), ("bdegh", "egh"), ("bd", "")] {
            let next = page(items(now).into_iter(), Some(&marker), None).unwrap();
            assert_eq!(
                next,
                Page { items: rest.chars().collect(), is_truncated: false, marker: None },
                "{now}"
            );
        }
    }

    #[test]
    fn what_is_no_marker_is_refused() {
        for marker in ["!", "_w"] {
            let error = page(numbered(0..3), Some(marker), None).unwrap_err();
            assert_eq!(error.code, "ValidationError", "{marker}");
        }
    }
}
