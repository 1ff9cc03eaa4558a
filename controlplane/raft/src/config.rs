//! What an operator decides about a server's part in the log.

use crate::types::NodeId;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who this server is and who the others are.
#[derive(Clone, Debug)]
pub struct Config {
    /// This server's number. Must be one of `members`.
    pub id: NodeId,
    /// All servers and their addresses (`host:port`). The same on every server when the cluster starts for the
    /// first time; afterwards only the addresses may change.
    pub members: BTreeMap<NodeId, String>,
    /// The cluster's id. Messages and data of another cluster are refused.
    pub cluster: String,
    /// Waiting times and sizes.
    pub timing: Timing,
}

/// Waiting times and sizes. The defaults suit servers within a few milliseconds of each other.
#[derive(Clone, Debug)]
pub struct Timing {
    /// How often a leader says that it is there.
    pub heartbeat: Duration,
    /// A server that hears nothing for a time between these two stands for election. Each draws its own, so that
    /// they do not all stand at once.
    pub election_min: Duration,
    /// See `election_min`. Also how long a leader without a majority still accepts proposals.
    pub election_max: Duration,
    /// A snapshot may take this long to arrive.
    pub snapshot_transfer: Duration,
    /// The state is flushed, and the log before it may be purged, after so many entries.
    pub entries_per_snapshot: u64,
    /// So many entries stay in the log behind a snapshot, for servers that are a little behind.
    pub entries_kept: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(100),
            election_min: Duration::from_millis(500),
            election_max: Duration::from_millis(1000),
            snapshot_transfer: Duration::from_secs(600),
            entries_per_snapshot: 10_000,
            entries_kept: 5_000,
        }
    }
}

/// A configuration that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `id` is not in `members`.
    #[error("server {0} is not in the list of members")]
    NotAMember(NodeId),
    /// `cluster` is empty.
    #[error("the cluster has no id")]
    NoCluster,
    /// The times contradict each other.
    #[error("timing: {0}")]
    Timing(String),
}

impl Config {
    pub(crate) fn check(&self) -> Result<openraft::Config, ConfigError> {
        if !self.members.contains_key(&self.id) {
            return Err(ConfigError::NotAMember(self.id));
        }
        if self.cluster.is_empty() {
            return Err(ConfigError::NoCluster);
        }
        self.openraft().validate().map_err(|error| ConfigError::Timing(error.to_string()))
    }

    fn openraft(&self) -> openraft::Config {
        let timing = &self.timing;
        openraft::Config {
            cluster_name: self.cluster.clone(),
            heartbeat_interval: millis(timing.heartbeat),
            election_timeout_min: millis(timing.election_min),
            election_timeout_max: millis(timing.election_max),
            install_snapshot_timeout: millis(timing.snapshot_transfer),
            snapshot_policy: openraft::SnapshotPolicy::LogsSinceLast(timing.entries_per_snapshot),
            max_in_snapshot_log_to_keep: timing.entries_kept,
            purge_batch_size: (timing.entries_per_snapshot / 8).max(1),
            api_channel_size: Some(4096),
            // A server that comes back from a partition asks first, instead of forcing an election on the others.
            enable_pre_vote: Some(true),
            // A restarted leader must win a new term: it has to replay its log before it may decide anything, and the
            // end of the replay shows only by an entry of the new term.
            enable_leader_restore: Some(false),
            ..openraft::Config::default()
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(id: NodeId) -> Config {
        let members = BTreeMap::from([(1, "127.0.0.1:1".to_owned())]);
        Config { id, members, cluster: "c".to_owned(), timing: Timing::default() }
    }

    #[test]
    fn contradictions_are_named() {
        assert!(config(1).check().is_ok());
        assert_eq!(config(2).check().unwrap_err(), ConfigError::NotAMember(2));
        let nameless = Config { cluster: String::new(), ..config(1) };
        assert_eq!(nameless.check().unwrap_err(), ConfigError::NoCluster);
        let mut hasty = config(1);
        hasty.timing.election_min = hasty.timing.heartbeat;
        assert!(matches!(hasty.check(), Err(ConfigError::Timing(_))));
    }
}
