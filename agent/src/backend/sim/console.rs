//! The console of a simulated instance.

use super::SimMachine;
use crate::backend::BackendError;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

/// What is kept, as on Linux: the newest bytes.
const KEPT_BYTES: usize = 64 << 10;
const CHUNKS_WAITING: usize = 16;

/// A bounded buffer that can be followed.
#[derive(Default)]
pub(super) struct Console {
    bytes: Vec<u8>,
    /// How many bytes were printed before `bytes`.
    dropped: u64,
    grown: Arc<Notify>,
}

impl Console {
    pub(super) fn print(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        let excess = self.bytes.len().saturating_sub(KEPT_BYTES);
        self.bytes.drain(..excess);
        self.dropped += excess as u64;
        self.grown.notify_waiters();
    }

    fn end(&self) -> u64 {
        self.dropped + self.bytes.len() as u64
    }

    /// Bytes from position `from` on (or the oldest kept), and the position after them.
    fn since(&self, from: u64) -> (Vec<u8>, u64) {
        let skip =
            usize::try_from(from.saturating_sub(self.dropped)).unwrap_or(usize::MAX).min(self.bytes.len());
        (self.bytes[skip..].to_vec(), self.end())
    }

    /// Wakes followers, who then see that the instance is gone.
    pub(super) fn close(&self) {
        self.grown.notify_waiters();
    }
}

impl SimMachine {
    pub(super) fn read_console(
        &self,
        id: String,
        tail_bytes: u32,
        follow: bool,
    ) -> Result<mpsc::Receiver<Vec<u8>>, BackendError> {
        let start = {
            let state = self.powered()?;
            let instance = state.instances.get(&id).ok_or_else(|| no_instance(&id))?;
            let tail = if tail_bytes == 0 { u64::MAX } else { u64::from(tail_bytes) };
            instance.console.end().saturating_sub(tail)
        };
        let (sender, receiver) = mpsc::channel(CHUNKS_WAITING);
        let machine = self.clone();
        let copy = async move { machine.copy_console(&id, start, follow, sender).await };
        self.inner.runtime.spawn("sim-console", Box::pin(copy));
        Ok(receiver)
    }

    async fn copy_console(&self, id: &str, mut from: u64, follow: bool, sender: mpsc::Sender<Vec<u8>>) {
        loop {
            let (bytes, grown) = {
                let state = self.lock();
                let Some(instance) = state.instances.get(id) else {
                    return;
                };
                let (bytes, end) = instance.console.since(from);
                from = end;
                // Taken under the lock, so nothing is printed between the look and the wait.
                (bytes, instance.console.grown.clone().notified_owned())
            };
            if !bytes.is_empty() && sender.send(bytes).await.is_err() {
                return;
            }
            if !follow {
                return;
            }
            tokio::select! { biased;
                () = sender.closed() => return,
                () = grown => {}
            }
        }
    }
}

pub(super) fn no_instance(id: &str) -> BackendError {
    BackendError::Permanent(format!("instance {id} is not on this machine"))
}
