//! Structured logs of the long-running commands: JSON lines, or plain ones on a terminal.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What is logged unless `HEARTH_LOG` says otherwise. openraft tells of every heartbeat at `info`: an idle leader would fill
/// its disk with them.
const FILTER: &str = "info,openraft=warn";

/// Logs to stderr; `HEARTH_LOG` filters as `RUST_LOG` does elsewhere.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("HEARTH_LOG").unwrap_or_else(|_| EnvFilter::new(FILTER));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process (tests) is refused, which is fine.
    let _ = if std::io::stderr().is_terminal() { builder.try_init() } else { builder.json().try_init() };
}
