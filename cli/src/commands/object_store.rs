//! Flags that say where buckets are, shared by `server` and `dev`. Every server of a cluster gets the same: whoever leads delivers.

use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_object_store::{S3Store, Settings};
use controlplane_server::trails::TrailSettings;
use std::sync::Arc;
use std::time::Duration;

/// The S3-compatible store of the cluster.
#[derive(Args, Clone, Debug)]
pub(crate) struct ObjectStoreFlags {
    /// S3-compatible store whose buckets CloudTrail trails deliver to: http://HOST:PORT or https://HOST[:PORT]
    #[arg(long, value_name = "URL", requires = "object_store_access_key_id")]
    object_store: Option<String>,
    /// What requests to it are signed for
    #[arg(long, value_name = "REGION", default_value = "us-east-1", requires = "object_store")]
    object_store_region: String,
    /// Access key id for it
    #[arg(
        long,
        value_name = "ID",
        env = "HEARTH_OBJECT_STORE_ACCESS_KEY_ID",
        requires = "object_store_secret_access_key"
    )]
    object_store_access_key_id: Option<String>,
    /// Secret access key for it; better said by the environment, which is in no list of processes
    #[arg(
        long,
        value_name = "SECRET",
        env = "HEARTH_OBJECT_STORE_SECRET_ACCESS_KEY",
        hide_env_values = true
    )]
    object_store_secret_access_key: Option<String>,
    /// Seconds after which an event is delivered at the latest, as long as the store answers
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "object_store", value_parser = clap::value_parser!(u64).range(1..=3600))]
    trail_interval: u64,
}

impl ObjectStoreFlags {
    /// Where trails deliver to, if there is a store.
    pub(crate) fn trails(&self) -> Result<Option<TrailSettings>, CliError> {
        let Some(endpoint) = &self.object_store else { return Ok(None) };
        let is_plain = endpoint.bytes().all(|byte| byte.is_ascii_graphic());
        let host = ["http://", "https://"].iter().find_map(|scheme| endpoint.strip_prefix(scheme));
        if !is_plain || host.is_none_or(|host| host.is_empty() || host.contains(['?', '#', '@'])) {
            let message =
                format!("--object-store: {endpoint:?} is not http://HOST:PORT or https://HOST[:PORT]");
            return Err(CliError::new(Kind::Refused, message));
        }
        let settings = Settings {
            endpoint: endpoint.clone(),
            region: self.object_store_region.clone(),
            access_key_id: self.object_store_access_key_id.clone().unwrap_or_default(),
            secret_access_key: self.object_store_secret_access_key.clone().unwrap_or_default(),
        };
        let interval = Duration::from_secs(self.trail_interval);
        Ok(Some(TrailSettings { store: Arc::new(S3Store::new(&settings)), interval }))
    }
}
