//! Every register behaves as if one client at a time used it, in an order that respects real time.
//!
//! The check is the search of Wing and Gong ("Testing and verifying concurrent objects", 1993) with the memory that Lowe
//! added ("Testing for linearizability", 2017): operations are put in order one by one, only such that began before any
//! operation left out has ended, and no set of operations is tried twice with the same value.
//!
//! What readers get wrong: an operation nobody heard the end of is not an operation that failed. It may take effect at
//! any later moment, or never, and so stays a candidate until the end of the history.

mod search;

pub use search::{TooHard, Verdict, check};

/// What a register holds; [`ABSENT`] for nothing. Every write writes a value of its own.
pub type Value = u64;

/// Nothing.
pub const ABSENT: Value = 0;

/// What was done with a register, results included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// It held this.
    Read(Value),
    /// From now on it holds this.
    Write(Value),
    /// It held the first and from now on holds the second.
    Swap(Value, Value),
    /// A swap from this was refused: it held something else.
    SwapRefused(Value),
}

impl Op {
    /// What the register holds afterwards, if `before` allows the operation.
    fn apply(self, before: Value) -> Option<Value> {
        match self {
            Self::Read(seen) => (seen == before).then_some(before),
            Self::Write(value) => Some(value),
            Self::Swap(from, to) => (from == before).then_some(to),
            Self::SwapRefused(from) => (from != before).then_some(before),
        }
    }

    /// What it leaves behind, if it changes anything.
    fn leaves(self) -> Option<Value> {
        match self {
            Self::Write(value) | Self::Swap(_, value) => Some(value),
            Self::Read(_) | Self::SwapRefused(_) => None,
        }
    }

    /// The value it proves to have been there.
    fn proves(self) -> Option<Value> {
        match self {
            Self::Read(value) | Self::Swap(value, _) => Some(value),
            Self::Write(_) | Self::SwapRefused(_) => None,
        }
    }
}

/// One operation of one client. Moments are positions in the order in which everything was seen to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who did it.
    pub client: String,
    /// When it was sent.
    pub called: u64,
    /// When its answer arrived; `None` when nobody knows what became of it.
    pub returned: Option<u64>,
    /// What it did.
    pub op: Op,
}
