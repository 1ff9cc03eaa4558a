//! Structured logs of the long-running commands: JSON lines, or plain ones on a terminal, on standard error.
//!
//! How much is said can be changed while the process runs ([`set_levels`]), so that nobody has to restart what
//! misbehaves to find out why. The newest lines are also kept in memory ([`recent`]), bounded in bytes: whoever collects a
//! bundle reads them from there and need not know where standard error of that machine goes.
//!
//! Levels are `LEVEL` and `TARGET=LEVEL` and nothing else. The filters that tracing knows beyond that (spans, fields,
//! patterns) take a word they do not understand for a target, so a slip would be accepted and change nothing.

mod levels;
mod recent;

pub use levels::{LevelError, Levels};
pub use recent::KEPT_BYTES;

use recent::Recent;
use std::io::IsTerminal;
use std::sync::{Mutex, OnceLock, PoisonError};
use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::MakeWriterExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

/// What is logged unless told otherwise. openraft tells of every heartbeat at `info`: an idle leader would fill its disk
/// with them.
const DEFAULT: &str = "info,openraft=warn";

static CONTROL: OnceLock<Control> = OnceLock::new();
static RECENT: Recent = Recent::new();

/// The way to the filter of this process.
struct Control {
    began: Levels,
    now: Mutex<Levels>,
    filter: reload::Handle<Targets, Registry>,
}

/// Why levels cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// Not levels.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// Somebody else's subscriber is in force (tests).
    #[error("the logs of this process are not Hearth's own")]
    NotOurs,
}

/// Logs to standard error from now on; `levels` as in `HEARTH_LOG`, the usual ones when absent. A second start in one process
/// changes nothing.
pub fn start(levels: Option<&str>) -> Result<(), LevelError> {
    let levels: Levels = levels.unwrap_or(DEFAULT).parse()?;
    let (filter, handle) = reload::Layer::new(levels.to_targets());
    let lines = layer(std::io::stderr.and(&RECENT), std::io::stderr().is_terminal());
    if tracing_subscriber::registry().with(lines.with_filter(filter)).try_init().is_ok() {
        let _ = CONTROL.set(Control { began: levels.clone(), now: Mutex::new(levels), filter: handle });
    }
    Ok(())
}

/// Writes lines to `writer`, for people or for programs.
fn layer<S, W>(writer: W, terminal: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    match terminal {
        true => fmt::layer().with_writer(writer).boxed(),
        false => fmt::layer().json().with_writer(writer).boxed(),
    }
}

/// The levels in force, as they would be typed.
pub fn levels() -> Result<String, LogsError> {
    let control = CONTROL.get().ok_or(LogsError::NotOurs)?;
    Ok(control.now.lock().unwrap_or_else(PoisonError::into_inner).to_string())
}

/// Changes the levels that `changes` names and leaves the others; `default` goes back to those of the start. The levels
/// in force from now on.
pub fn set_levels(changes: &str) -> Result<String, LogsError> {
    let control = CONTROL.get().ok_or(LogsError::NotOurs)?;
    let mut now = control.now.lock().unwrap_or_else(PoisonError::into_inner);
    let next = if changes == "default" { control.began.clone() } else { now.changed(changes)? };
    control.filter.reload(next.to_targets()).map_err(|_| LogsError::NotOurs)?;
    *now = next;
    tracing::info!(levels = %*now, "log levels changed");
    Ok(now.to_string())
}

/// The newest lines, at most [`KEPT_BYTES`] of them, without colours.
pub fn recent() -> String {
    RECENT.text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged by `say`, on a terminal or not.
    fn logged(terminal: bool, say: impl Fn()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let layer = layer(move || writer.clone(), terminal);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), say);
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    /// Names, tags and user agents are a client's own words: none of them begins a line of its own, moves a terminal's cursor or
    /// passes for a field.
    #[test]
    fn what_clients_say_begins_no_line_of_its_own() {
        for odd in [
            "a\n{\"level\":\"ERROR\"}",
            "a\r\nb",
            "\u{1b}[2J\u{1b}]0;x\u{7}",
            "a\u{85}b",
            "\u{0}",
            "\u{9b}31m",
            "\",\"level\":\"ERROR",
        ] {
            let text = logged(false, || tracing::info!(name = odd, message = odd, "said"));
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            assert!(!text.trim_end().bytes().any(|byte| byte < 0x20), "{text:?}");
            let line: serde_json::Value = serde_json::from_str(&text).expect("a line of JSON");
            assert_eq!(line["level"], "INFO", "{text:?}");
            let text = logged(true, || tracing::info!(name = odd, "said"));
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            // What colours the line is ours; nothing of the client's reaches the terminal as it is.
            assert!(
                !text.contains("\u{1b}[2J") && !text.contains(['\u{7}', '\r', '\u{9b}', '\0']),
                "{text:?}"
            );
        }
    }
}
