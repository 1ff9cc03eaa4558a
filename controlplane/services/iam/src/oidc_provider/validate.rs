use crate::errors;
use controlplane_services_kernel::ServiceError;

/// Client ids of a provider at most.
const CLIENT_IDS_MAX: usize = 100;
/// Thumbprints of a provider at most.
const THUMBPRINTS_MAX: usize = 5;
const SCHEME: &str = "https://";

/// The URL of a provider as it is kept: without its scheme, the host in lower case.
///
/// A query, a fragment or a user is refused, since no issuer has one; so is what would make two spellings of one path.
pub(crate) fn url(given: &str) -> Result<String, ServiceError> {
    let rest = given.strip_prefix(SCHEME).ok_or_else(errors::invalid_provider_url)?;
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|p| p != 0);
    let in_order =
        host.split('.').all(is_label) && port.is_none_or(is_port) && path.split('/').skip(1).all(is_segment);
    match in_order {
        true => Ok(format!("{}{path}", authority.to_ascii_lowercase())),
        false => Err(errors::invalid_provider_url()),
    }
}

/// A part of a path that has one spelling. Empty ones are: some issuers end in a slash.
fn is_segment(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    segment.bytes().all(plain) && segment != "." && segment != ".."
}

/// Client ids, once each.
pub(crate) fn client_ids(given: &[String]) -> Result<Vec<String>, ServiceError> {
    let mut all: Vec<String> = Vec::new();
    for id in given {
        add_client_id(&mut all, id)?;
    }
    Ok(all)
}

/// Adds a client id; one that is there already changes nothing.
pub(crate) fn add_client_id(all: &mut Vec<String>, id: &str) -> Result<(), ServiceError> {
    if id.chars().any(char::is_control) {
        return Err(errors::invalid_client_id(id));
    }
    if !all.iter().any(|known| known == id) {
        all.push(id.to_owned());
    }
    match all.len() > CLIENT_IDS_MAX {
        true => Err(errors::quota("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS_MAX)),
        false => Ok(()),
    }
}

/// Thumbprints in lower case.
pub(crate) fn thumbprints(given: &[String]) -> Result<Vec<String>, ServiceError> {
    if given.len() > THUMBPRINTS_MAX {
        return Err(errors::quota("ThumbprintsPerOpenIdConnectProvider", THUMBPRINTS_MAX));
    }
    let is_sha1 = |text: &&String| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match given.iter().find(|text| !is_sha1(text)) {
        Some(bad) => Err(errors::invalid_thumbprint(bad)),
        None => Ok(given.iter().map(|text| text.to_ascii_lowercase()).collect()),
    }
}
