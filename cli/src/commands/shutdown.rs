//! When a long-running command ends.

use crate::error::{CliError, Kind};
use controlplane_server::{Ended, Server};
use tokio::signal::unix::{SignalKind, signal};

/// Completes at SIGTERM or SIGINT.
pub(crate) async fn asked() -> Result<(), CliError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    Ok(())
}

/// Completes as [`asked`]; an error when `server` ends by itself.
pub(crate) async fn asked_of(server: &Server) -> Result<(), CliError> {
    tokio::select! {
        asked = asked() => asked,
        why = server.ended() => Err(ended(why)),
    }
}

/// For people and scripts.
pub(crate) fn ended(why: Ended) -> CliError {
    match why {
        Ended::Removed(removed) => CliError::new(Kind::Removed, removed.to_string()),
        Ended::Failed(reason) => {
            CliError::new(Kind::Failed, format!("the server cannot go on: {reason}")).with_hint(
                "what it has acknowledged is safe; start it again when the cause is gone, such as a full disk",
            )
        }
    }
}
