use controlplane_services_kernel::{Record, Stored};
use minicbor::{Decode, Encode};
use serde::Serialize;

/// A configuration. Id: a UUID.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct QueryLoggingConfig {
    /// Zone whose queries are logged; it has no other configuration.
    #[n(0)]
    pub zone_id: String,
    /// As it was given.
    #[n(1)]
    pub log_group_arn: String,
    /// The log group's name, out of the ARN.
    #[n(2)]
    pub log_group: String,
}

/// Index: that of a zone.
pub(super) const OF_ZONE: &str = "of_zone";

impl Record for QueryLoggingConfig {
    const KIND: &'static str = "query_logging_config";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(OF_ZONE, &self.zone_id);
    }
}

/// A configuration as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueryLoggingConfigShown {
    id: String,
    hosted_zone_id: String,
    cloud_watch_logs_log_group_arn: String,
}

impl QueryLoggingConfigShown {
    pub(super) fn of(id: &str, config: &QueryLoggingConfig) -> Self {
        Self {
            id: id.to_owned(),
            hosted_zone_id: config.zone_id.clone(),
            cloud_watch_logs_log_group_arn: config.log_group_arn.clone(),
        }
    }
}

impl From<&Stored<'_, QueryLoggingConfig>> for QueryLoggingConfigShown {
    fn from(found: &Stored<'_, QueryLoggingConfig>) -> Self {
        Self::of(found.key.id(), found.record)
    }
}
