//! A query logging configuration: which log group the queries of a public zone are written to.
//!
//! There is no logs service here. Each DNS server that was given a folder for it writes a file for each zone, which stands for the
//! log stream `<zone>/<server>`; a log group can be named as soon as such a server is registered (design/0074).
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html>

mod columns;
mod log_group;
pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::{QueryLoggingConfig, QueryLoggingConfigShown};

use crate::errors;
use controlplane_services_kernel::{Context, Reader, ServiceError, Stored};

/// The configuration with this id.
pub fn existing<'r>(id: &str, reader: &'r Reader) -> Result<&'r QueryLoggingConfig, ServiceError> {
    reader.get::<QueryLoggingConfig>(id).ok_or_else(|| errors::no_such_query_logging_config(id))
}

/// That of a zone.
pub fn of_zone<'r>(zone_id: &str, reader: &'r Reader) -> Option<Stored<'r, QueryLoggingConfig>> {
    reader.find::<QueryLoggingConfig>(types::OF_ZONE, zone_id).next()
}

/// The zone is gone, and nobody asks it anything any more.
pub(crate) fn forget(zone_id: &str, cx: &mut Context) {
    if let Some(id) = of_zone(zone_id, cx).map(|found| found.key.id().to_owned()) {
        cx.delete::<QueryLoggingConfig>(&id);
    }
}
