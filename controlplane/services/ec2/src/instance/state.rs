//! The states of an instance and the moves between them.

use minicbor::{Decode, Encode};

/// As AWS names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum State {
    /// Waits for a node, or for the node to start it.
    #[n(0)]
    Pending,
    /// Its first process runs.
    #[n(1)]
    Running,
    /// Is being taken apart.
    #[n(2)]
    ShuttingDown,
    /// Nothing of it is left but the record.
    #[n(3)]
    Terminated,
    /// Is being stopped.
    #[n(4)]
    Stopping,
    /// Its first process ended; its root file system is kept.
    #[n(5)]
    Stopped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Running, Self::ShuttingDown, Self::Terminated, Self::Stopping, Self::Stopped];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }

    /// AWS's number.
    pub fn code(self) -> u32 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
            Self::Stopping => 64,
            Self::Stopped => 80,
        }
    }

    /// Whether an instance in this state may move to `next`.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => {
                matches!(next, Self::Running | Self::Stopped | Self::ShuttingDown | Self::Terminated)
            }
            Self::Running => {
                matches!(next, Self::Stopping | Self::Stopped | Self::ShuttingDown | Self::Terminated)
            }
            Self::Stopping => matches!(next, Self::Stopped | Self::ShuttingDown | Self::Terminated),
            Self::Stopped => matches!(next, Self::Pending | Self::ShuttingDown | Self::Terminated),
            Self::ShuttingDown => next == Self::Terminated,
            Self::Terminated => false,
        }
    }

    /// Whether processors and memory of the node are reserved for it.
    pub fn takes_room(self) -> bool {
        !matches!(self, Self::Terminated | Self::Stopped)
    }
}
