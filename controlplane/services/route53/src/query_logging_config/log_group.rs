//! Log groups, as far as there are any: names out of ARNs.

use crate::errors;
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_services_native::DnsServer;

/// Where Route 53 keeps its log groups, whatever the region.
const REGION: &str = "us-east-1";
/// Longest name of a log group.
const NAME_MAX: usize = 512;
/// Longest part of it between slashes: each becomes a folder.
const PART_MAX: usize = 128;

/// The name of the group that `arn` names, if queries can be logged to it.
pub(super) fn name<'a>(arn: &'a str, cx: &Reader) -> Result<&'a str, ServiceError> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let ["arn", "aws", "logs", region, account, "log-group", name] = parts[..] else {
        return Err(errors::invalid_input(format!("CloudWatchLogsLogGroupArn: {arn} names no log group")));
    };
    let name = name.strip_suffix(":*").unwrap_or(name);
    if region != REGION || account != cx.caller.account.as_str() {
        let why = format!("query logs go to a log group of this account in {REGION}");
        return Err(errors::no_such_log_group(arn, &why));
    }
    if !can_be(name) {
        let why = format!(
            "names are 1 to {NAME_MAX} letters, digits and any of . - _ / #, and have no part between slashes that is \
             empty, '.', '..' or longer than {PART_MAX}"
        );
        return Err(errors::no_such_log_group(arn, &why));
    }
    if !cx.view.all::<DnsServer>().any(|server| server.logs_queries) {
        let why = "no DNS server has a folder for query logs (hearth dns --query-log-dir)";
        return Err(errors::no_such_log_group(arn, why));
    }
    Ok(name)
}

/// Whether a folder can have that name.
fn can_be(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte);
    let parts = name.strip_prefix('/').unwrap_or(name).split('/');
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(plain)
        && parts.into_iter().all(|part| !matches!(part, "" | "." | "..") && part.len() <= PART_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_folders_below_the_one_that_was_given() {
        for name in
            ["a", "/aws/route53/example.com", "a/b", "#", "...", "x/".repeat(255).trim_end_matches('/')]
        {
            assert!(can_be(name), "{name}");
        }
        let long = "x".repeat(PART_MAX + 1);
        for name in ["", "/", "a/", "//a", "a//b", "../a", "a/../b", "/./a", "a b", "a\0", "ä", &long] {
            assert!(!can_be(name), "{name}");
        }
        assert!(!can_be(&"x/".repeat(300)));
    }
}
