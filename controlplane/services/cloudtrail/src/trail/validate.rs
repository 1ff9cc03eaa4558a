//! What names, buckets, prefixes and tags may be.

use crate::errors;
use controlplane_services_kernel::ServiceError;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Tags of one trail.
const MOST_TAGS: usize = 50;
const MOST_PREFIX: usize = 200;

/// 3 to 128 letters, digits, `.`, `_` and `-`; no two of the signs together, none at an end; no IP address.
pub(super) fn name(name: &str) -> Result<(), ServiceError> {
    let is_sign = |c: char| matches!(c, '.' | '_' | '-');
    let wrong = |rule: &str| Err(errors::invalid_trail_name(name, rule));
    if !(3..=128).contains(&name.len()) {
        return wrong("it must have between 3 and 128 characters");
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || is_sign(c)) {
        return wrong("it may have letters, digits, periods, underscores and dashes only");
    }
    if name.starts_with(is_sign) || name.ends_with(is_sign) {
        return wrong("it must begin and end with a letter or digit");
    }
    let pairs = name.chars().zip(name.chars().skip(1));
    if pairs.into_iter().any(|(one, next)| is_sign(one) && is_sign(next)) {
        return wrong("it must not have two periods, underscores or dashes together");
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return wrong("it must not look like an IP address");
    }
    Ok(())
}

/// S3's rules.
pub(super) fn bucket(name: &str) -> Result<(), ServiceError> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    let is_valid = (3..=63).contains(&name.len())
        && name.chars().all(fine)
        && edge(name.chars().next())
        && edge(name.chars().last())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err();
    if is_valid { Ok(()) } else { Err(errors::invalid_bucket_name(name)) }
}

/// A prefix without the separator at its end, which is put there anyway; the empty one is none.
pub(super) fn prefix(text: Option<&str>) -> Result<Option<String>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "/!-_.*'()".contains(c);
    if text.len() > MOST_PREFIX || text.starts_with('/') || !text.chars().all(plain) {
        return Err(errors::invalid_prefix(text));
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

/// Tags as they are after some were added.
pub(super) fn tags(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    if tags.len() > MOST_TAGS {
        return Err(errors::too_many_tags(MOST_TAGS));
    }
    for (key, value) in tags {
        let long = key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256;
        if long || key.starts_with("aws:") {
            return Err(errors::invalid_tag(key));
        }
    }
    Ok(())
}
