//! Giving out a copy of all records, as fast as whoever asked takes it.

use super::NativeDoor;
use super::error::read_failed;
use crate::backup::{SaveError, Saving};
use controlplane_proto::api;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Copies taken at once.
pub(crate) const AT_ONCE: usize = 2;
/// Frames a slow client may be behind.
const OUTBOX: usize = 4;

type Chunk = Result<api::SaveSnapshotChunk, Status>;

pub(super) async fn serve(
    door: &NativeDoor,
    request: api::SaveSnapshotRequest,
) -> Result<ReceiverStream<Chunk>, Status> {
    let turn = door.saving.clone().try_acquire_owned().map_err(|_| {
        Status::resource_exhausted(format!("{AT_ONCE} snapshots are being saved from this server already"))
    })?;
    let saving = Saving::begin(&door.core, request.stale).await.map_err(status)?;
    let (sender, receiver) = mpsc::channel(OUTBOX);
    door.core.runtime.spawn("snapshot-save", Box::pin(pump(saving, sender, turn)));
    Ok(ReceiverStream::new(receiver))
}

async fn pump(mut saving: Saving, sender: mpsc::Sender<Chunk>, _turn: OwnedSemaphorePermit) {
    loop {
        let chunk = match saving.chunk().await {
            Ok(Some(data)) => Ok(api::SaveSnapshotChunk { data }),
            Ok(None) => return,
            Err(error) => Err(Status::data_loss(error.to_string())),
        };
        let failed = chunk.is_err();
        if sender.send(chunk).await.is_err() || failed {
            return;
        }
    }
}

fn status(error: SaveError) -> Status {
    match error {
        SaveError::Read(error) => read_failed(error.into()),
        SaveError::Unborn | SaveError::Stopped(_) => Status::unavailable(error.to_string()),
        SaveError::Store(error) => Status::internal(format!("the records cannot be read: {error}")),
    }
}
