//! A fair queue in front of work that many may do at once, but not everybody.

use super::backlog::Backlog;
use super::lanes::Ticket;
use super::{Expires, Refused};
use controlplane_services_kernel::Caller;
use controlplane_types::Runtime;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// One who waits for a pass.
struct Waiter(oneshot::Sender<Result<Pass, Refused>>);

impl Expires for Waiter {
    fn is_abandoned(&self) -> bool {
        self.0.is_closed()
    }

    fn expire(self) {
        // Whoever waited may have gone in this moment.
        let _ = self.0.send(Err(Refused::Expired));
    }
}

struct State {
    free: usize,
    waiting: Backlog<Waiter>,
}

/// Lets a fixed number through at once, the others in fair order.
#[derive(Clone)]
pub struct Gate(Arc<Mutex<State>>);

impl Gate {
    /// A gate; `name` is its label in metrics.
    pub fn new(name: &'static str, places: usize, runtime: Arc<dyn Runtime>) -> Self {
        Self(Arc::new(Mutex::new(State { free: places, waiting: Backlog::new(name, runtime) })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place. While there is one and nobody waits, this does not wait at all.
    pub async fn enter(&self, caller: &Caller) -> Result<Pass, Refused> {
        let pass = {
            let mut state = self.state();
            if state.free > 0 && state.waiting.is_empty() {
                state.free -= 1;
                return Ok(Pass(Some(self.clone())));
            }
            let (reply, pass) = oneshot::channel();
            state.waiting.push(&Ticket::of(caller), Waiter(reply))?;
            pass
        };
        pass.await.unwrap_or(Err(Refused::Stopped))
    }

    /// Gives a place to the one whose turn it is.
    fn hand_on(&self) {
        loop {
            let next = {
                let mut state = self.state();
                match state.waiting.pop() {
                    Some(waiter) => waiter,
                    None => {
                        state.free += 1;
                        return;
                    }
                }
            };
            match next.0.send(Ok(Pass(Some(self.clone())))) {
                // Gone in this moment: the place is still to be given.
                Err(Ok(mut pass)) => drop(pass.0.take()),
                _ => return,
            }
        }
    }
}

/// The right to go on; ends when it is dropped, received or not.
pub struct Pass(Option<Gate>);

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(gate) = self.0.take() {
            gate.hand_on();
        }
    }
}
