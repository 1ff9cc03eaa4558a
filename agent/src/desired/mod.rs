//! The desired set this node holds, and the rules for replacing it.
//!
//! The set itself (difference, hash) is [`controlplane_proto::desired`], shared with the server. Here is what only
//! the receiver decides: never go back to an older generation, never listen to another cluster, never guess over a
//! gap. [`Held::accept`] is pure; [`keeper`] is the task around it that writes the ledger first.

pub mod keeper;
mod view;

pub use view::View;

use controlplane_proto::agent::{Desired, Generation};
use controlplane_proto::desired::{DesiredError, DesiredSet};
use std::cmp::Ordering;

/// The set in force and where it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// `None` before the first contact with a control plane: then nothing is desired and nothing is undesired.
    pub generation: Option<Generation>,
    /// The whole set.
    pub set: DesiredSet,
}

/// Why a [`Desired`] message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The message names no generation.
    #[error("a desired set without a generation")]
    NoGeneration,
    /// It is older than the one held.
    #[error("generation {offered} is older than {held}, which is in force")]
    Stale {
        /// In force.
        held: String,
        /// Refused.
        offered: String,
    },
    /// It comes from another cluster than the one in the ledger.
    #[error("the set is of cluster {offered:?}, this node belongs to {held:?}")]
    OtherCluster {
        /// In force.
        held: String,
        /// Refused.
        offered: String,
    },
    /// A delta on a set this node does not hold.
    #[error("the delta builds on {base}, this node holds {held}")]
    Gap {
        /// In force.
        held: String,
        /// What the delta needs.
        base: String,
    },
    /// The content is broken or newer than this build.
    #[error(transparent)]
    Content(#[from] DesiredError),
}

impl Refusal {
    /// Whether the full set may help, when `message` was refused. A refused full set is not asked for again: the
    /// answer would be the same.
    pub fn wants_full(&self, message: &Desired) -> bool {
        message.base.is_some() && matches!(self, Self::Gap { .. } | Self::Content(_))
    }
}

impl Held {
    /// The set after `message`. The same generation again is taken: a full set says the same or, from a newer
    /// server, the same better.
    pub fn accept(&self, message: &Desired) -> Result<Held, Refusal> {
        let generation = message.generation.as_ref().ok_or(Refusal::NoGeneration)?;
        self.check_newer(generation)?;
        self.check_base(message.base.as_ref())?;
        Ok(Held { generation: Some(generation.clone()), set: self.set.apply(message)? })
    }

    fn check_newer(&self, offered: &Generation) -> Result<(), Refusal> {
        let Some(held) = &self.generation else {
            return Ok(());
        };
        match offered.compare(held) {
            None => Err(Refusal::OtherCluster {
                held: held.cluster_id.clone(),
                offered: offered.cluster_id.clone(),
            }),
            Some(Ordering::Less) => {
                Err(Refusal::Stale { held: show(Some(held)), offered: show(Some(offered)) })
            }
            Some(_) => Ok(()),
        }
    }

    fn check_base(&self, base: Option<&Generation>) -> Result<(), Refusal> {
        if base.is_none() || base == self.generation.as_ref() {
            return Ok(());
        }
        Err(Refusal::Gap { held: show(self.generation.as_ref()), base: show(base) })
    }
}

fn show(generation: Option<&Generation>) -> String {
    generation.map_or_else(|| "none".to_owned(), |it| format!("{}.{}", it.incarnation, it.index))
}

#[cfg(test)]
mod tests;
