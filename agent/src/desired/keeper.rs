//! Takes `Desired` messages, writes the ledger, then lets the reconciler see the new set. In this order: an agent
//! that acts first and crashes would come back with an older set and undo what it did.
//!
//! Messages that wait while the disk is busy are applied together and written once.

use super::{Held, Refusal};
use crate::backoff::Backoff;
use crate::ledger::{LedgerError, LedgerStore, desired as record};
use crate::tasks::Tasks;
use controlplane_proto::agent::Desired;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

/// What the rest of the agent sees.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// In the ledger, so it may be acted on.
    pub held: Arc<Held>,
    /// Why a newer set is not in force, if one was offered.
    pub trouble: Option<String>,
}

/// The task's ends.
pub(crate) struct Keeper {
    pub(crate) tasks: Tasks,
    pub(crate) ledger: Arc<dyn LedgerStore>,
    pub(crate) retry: Backoff,
    pub(crate) inbox: mpsc::Receiver<Desired>,
    pub(crate) kept: watch::Sender<Kept>,
    /// Says that only the full set helps. One place is enough: wanting it twice is wanting it once.
    pub(crate) want_full: mpsc::Sender<()>,
}

impl Keeper {
    pub(crate) async fn run(mut self) {
        let mut stopping = self.tasks.stopping();
        loop {
            let first = tokio::select! { biased;
                () = &mut stopping => return,
                message = self.inbox.recv() => message,
            };
            let Some(first) = first else { return };
            let (held, trouble) = self.apply_waiting(first);
            let changed = *held != *self.kept.borrow().held;
            if changed && !self.save(&held).await {
                return;
            }
            self.kept.send_replace(Kept { held, trouble });
        }
    }

    /// Applies `first` and everything that waits behind it.
    fn apply_waiting(&mut self, first: Desired) -> (Arc<Held>, Option<String>) {
        let mut held = self.kept.borrow().held.clone();
        let mut refusal = None;
        let mut message = Some(first);
        while let Some(current) = message {
            match held.accept(&current) {
                Ok(next) => (held, refusal) = (Arc::new(next), None),
                Err(why) => refusal = Some(self.refuse(&current, &why)),
            }
            message = self.inbox.try_recv().ok();
        }
        (held, refusal)
    }

    fn refuse(&self, message: &Desired, why: &Refusal) -> String {
        warn!(reason = %why, "desired set refused");
        if why.wants_full(message) {
            // Full: the wish is already there.
            let _ = self.want_full.try_send(());
        }
        format!("desired set refused: {why}")
    }

    /// Tries until it is on disk; `false` when the agent stops first.
    async fn save(&self, held: &Held) -> bool {
        let mut stopping = self.tasks.stopping();
        let mut failures = 0;
        while let Err(error) = self.ledger.save(record::NAME, record::encode(held)).await {
            failures += 1;
            self.tell_trouble(&error);
            let pause = self.retry.delay(failures, self.tasks.runtime().random());
            tokio::select! { biased;
                () = &mut stopping => return false,
                () = self.tasks.runtime().sleep(pause) => {}
            }
        }
        info!(generation = ?held.generation, objects = held.set.len(), "desired set in force");
        true
    }

    fn tell_trouble(&self, error: &LedgerError) {
        warn!(%error, "the desired set cannot be written to the ledger; the old one stays in force");
        let trouble = format!("the new desired set cannot be written to the ledger: {error}");
        self.kept.send_modify(|kept| kept.trouble = Some(trouble.clone()));
    }
}
