//! What an operator decides about a server's part in the log.

use crate::types::NodeId;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who this server is, and how it comes into its cluster.
#[derive(Clone, Debug)]
pub struct Config {
    /// This server's number. Never reused, not even after the server was removed.
    pub id: NodeId,
    /// Where the other servers reach this one: `host:port`. When it differs from what the cluster has recorded, the
    /// leader is asked to record the new one.
    pub address: String,
    /// The cluster's id. Messages and data of another cluster are refused.
    pub cluster: String,
    /// What to do while the stores are empty.
    pub start: Start,
    /// Waiting times and sizes.
    pub timing: Timing,
}

/// What a server with empty stores does. On every later start the replicated membership is what counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Founds the cluster with these members and their addresses, itself included. Usually it is the only one; if
    /// there are more, every one of them has to be given the same list.
    Found(BTreeMap<NodeId, String>),
    /// Waits until the leader of an existing cluster sends it the log, after it was added there.
    Join,
}

/// Between the turns of two servers to stand for election. More than an election takes on machines near each other.
pub(crate) const TURN: Duration = Duration::from_millis(50);

/// Waiting times and sizes. The defaults suit servers within a few milliseconds of each other.
#[derive(Clone, Debug)]
pub struct Timing {
    /// How often a leader says that it is there.
    pub heartbeat: Duration,
    /// After so long without a word from the leader the first of the others stands for election; each next one
    /// fifty milliseconds later. A leader whose *process* died is not waited for: see
    /// [`Transport::watch_peer`](crate::Transport::watch_peer).
    pub election_min: Duration,
    /// Whatever they could not settle in their turns is left to times that each server draws, up to this one. Half of it is
    /// openraft's lease: for so long after a word from the leader, a server votes for nobody else.
    pub election_max: Duration,
    /// A snapshot may take this long to arrive.
    pub snapshot_transfer: Duration,
    /// The state is flushed, and the log before it may be purged, after so many entries ...
    pub entries_per_snapshot: u64,
    /// ... or so many bytes of changes, whichever comes first. So the log holds at most about twice as much.
    pub bytes_per_snapshot: u64,
    /// So many entries stay in the log behind a snapshot, for servers that are a little behind.
    pub entries_kept: u64,
    /// A server whose wall clock is farther than this from the median of the voters does not stay leader.
    pub clock_limit: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(100),
            election_min: Duration::from_millis(600),
            election_max: Duration::from_millis(1000),
            snapshot_transfer: Duration::from_secs(600),
            entries_per_snapshot: 10_000,
            bytes_per_snapshot: 64 << 20,
            entries_kept: 5_000,
            clock_limit: Duration::from_secs(2),
        }
    }
}

impl Timing {
    /// The lease after a word from the leader. openraft counts the time drawn for an election from its end.
    pub(crate) fn lease(&self) -> Duration {
        self.election_max / 2
    }

    /// After how much silence the voter that comes `rank`-th after the leader stands for election.
    pub(crate) fn turn(&self, rank: usize) -> Duration {
        self.election_min + TURN * u32::try_from(rank).unwrap_or(u32::MAX)
    }

    /// When the last of five servers has had its turn.
    fn after_turns(&self) -> Duration {
        self.turn(4)
    }
}

/// A configuration that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `id` is not among the founders.
    #[error("server {0} is not in the list of founding members")]
    NotAFounder(NodeId),
    /// The list of founders gives this server another address than `address`.
    #[error(
        "the list of founding members says that this server is at {listed:?}, but its address is {own:?}"
    )]
    TwoAddresses {
        /// From the list.
        listed: String,
        /// From `address`.
        own: String,
    },
    /// `address` is empty.
    #[error("the server has no address")]
    NoAddress,
    /// `cluster` is empty.
    #[error("the cluster has no id")]
    NoCluster,
    /// The times contradict each other.
    #[error("timing: {0}")]
    Timing(String),
}

impl Config {
    pub(crate) fn check(&self) -> Result<openraft::Config, ConfigError> {
        if self.address.is_empty() {
            return Err(ConfigError::NoAddress);
        }
        if self.cluster.is_empty() {
            return Err(ConfigError::NoCluster);
        }
        self.check_founders()?;
        if self.timing.election_min <= self.timing.lease() {
            let reason = "election_min has to be more than half of election_max".to_owned();
            return Err(ConfigError::Timing(reason));
        }
        if self.timing.election_max <= self.timing.after_turns() {
            let reason = "election_max has to leave every server its turn after election_min".to_owned();
            return Err(ConfigError::Timing(reason));
        }
        self.openraft().validate().map_err(|error| ConfigError::Timing(error.to_string()))
    }

    fn check_founders(&self) -> Result<(), ConfigError> {
        let Start::Found(founders) = &self.start else {
            return Ok(());
        };
        match founders.get(&self.id) {
            None => Err(ConfigError::NotAFounder(self.id)),
            Some(listed) if *listed != self.address => {
                Err(ConfigError::TwoAddresses { listed: listed.clone(), own: self.address.clone() })
            }
            Some(_) => Ok(()),
        }
    }

    fn openraft(&self) -> openraft::Config {
        let timing = &self.timing;
        openraft::Config {
            cluster_name: self.cluster.clone(),
            heartbeat_interval: millis(timing.heartbeat),
            // openraft's lease is its `election_timeout_max`, and the draw is added to it.
            election_timeout_min: millis(timing.after_turns().saturating_sub(timing.lease())),
            election_timeout_max: millis(timing.lease()),
            install_snapshot_timeout: millis(timing.snapshot_transfer),
            snapshot_policy: openraft::SnapshotPolicy::LogsSinceLast(timing.entries_per_snapshot),
            max_in_snapshot_log_to_keep: timing.entries_kept,
            purge_batch_size: (timing.entries_per_snapshot / 8).max(1),
            api_channel_size: Some(4096),
            // A leader that was removed says so to the others before it goes.
            removed_leader_step_down: openraft::StepDownPolicy::After(millis(timing.heartbeat)),
            // A server that comes back from a partition asks first, instead of forcing an election on the others.
            enable_pre_vote: Some(true),
            // A restarted leader must win a new term: it has to replay its log before it may decide anything, and the
            // end of the replay shows only by an entry of the new term.
            enable_leader_restore: Some(false),
            // A member whose disk lost entries it had synced is sent them again. Without this it would never be served
            // again, and in builds with assertions it would take the leader down with it.
            allow_log_reversion: Some(true),
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
        let founders = BTreeMap::from([(1, "127.0.0.1:1".to_owned())]);
        Config {
            id,
            address: "127.0.0.1:1".to_owned(),
            cluster: "c".to_owned(),
            start: Start::Found(founders),
            timing: Timing::default(),
        }
    }

    #[test]
    fn contradictions_are_named() {
        assert!(config(1).check().is_ok());
        assert!(Config { start: Start::Join, ..config(2) }.check().is_ok());
        assert_eq!(config(2).check().unwrap_err(), ConfigError::NotAFounder(2));
        let nameless = Config { cluster: String::new(), ..config(1) };
        assert_eq!(nameless.check().unwrap_err(), ConfigError::NoCluster);
        let homeless = Config { address: String::new(), ..config(1) };
        assert_eq!(homeless.check().unwrap_err(), ConfigError::NoAddress);
        let elsewhere = Config { address: "127.0.0.1:2".to_owned(), ..config(1) };
        assert!(matches!(elsewhere.check(), Err(ConfigError::TwoAddresses { .. })));
        let mut hasty = config(1);
        hasty.timing.election_min = hasty.timing.heartbeat;
        assert!(matches!(hasty.check(), Err(ConfigError::Timing(_))));
    }

    #[test]
    fn silence_is_noticed_within_the_times_given() {
        let openraft = config(1).openraft();
        let lease = openraft.election_timeout_max;
        assert_eq!(lease + openraft.election_timeout_min, 800);
        assert_eq!(lease + openraft.election_timeout_max, 1000);
    }
}
