//! Something asked again and again in the background, that must never fail.

use crate::lab::{PATIENCE, until};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(20);
const FEW: usize = 5;

/// Asks until [`Probe::finish`].
pub(crate) struct Probe {
    over: Arc<AtomicBool>,
    rounds: Arc<AtomicUsize>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Probe {
    /// Runs `command` in a loop; it succeeds when it ends well and prints `wanted`.
    pub(crate) fn start(mut command: Command, wanted: impl Fn(&str) -> bool + Send + 'static) -> Self {
        let (over, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stop, count) = (over.clone(), rounds.clone());
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                ask(&mut command, &wanted)?;
                count.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(PAUSE);
            }
            Ok(())
        });
        Self { over, rounds, thread: Some(thread) }
    }

    /// Asks a few times more, so that something is asked however fast everything was, and stops.
    ///
    /// # Panics
    /// When a single answer was missing or wrong.
    pub(crate) fn finish(mut self) {
        let thread = self.thread.take().unwrap();
        let enough = self.rounds.load(Ordering::Relaxed) + FEW;
        until("a few more answers", PATIENCE, || match self.rounds.load(Ordering::Relaxed) {
            rounds if rounds < enough && !thread.is_finished() => Err(format!("{rounds} answers")),
            _ => Ok(()),
        });
        self.over.store(true, Ordering::Relaxed);
        thread.join().unwrap().unwrap_or_else(|failed| panic!("{failed}"));
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn ask(command: &mut Command, wanted: &impl Fn(&str) -> bool) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() && wanted(&String::from_utf8_lossy(&output.stdout)) {
        return Ok(());
    }
    Err(format!("{command:?}: {}", crate::lab::said(&output)))
}
