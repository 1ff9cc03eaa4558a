//! Taking a copy: an image of the store, read frame by frame while everything else goes on.

use super::format::{Encoder, FRAME_BYTES, Header};
use crate::core::Core;
use crate::replica::{REVISION_KEY, revision};
use controlplane_raft::{CLUSTER_ID_KEY, CLUSTER_VERSION_KEY, ReadError, StateImage, Stopped, StoreError};
use controlplane_types::Revision;

/// Why no copy can be taken.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Nobody can say which writes were acknowledged.
    #[error("this server cannot tell whether it has every acknowledged write")]
    Read(#[from] ReadError),
    /// The server is stopping.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The store cannot be read.
    #[error("the records cannot be read")]
    Store(#[from] StoreError),
    /// There is nothing to copy.
    #[error("the region has not finished its first start")]
    Unborn,
}

/// A copy on its way out. It reads only when it is asked, so it is never ahead of whoever takes it by more than a frame.
pub struct Saving {
    image: StateImage,
    /// `None` when the end was given.
    encoder: Option<Encoder>,
    /// What comes before the next records.
    begun: Option<Vec<u8>>,
    /// Where they begin; `None` when all were given.
    from: Option<String>,
}

impl Saving {
    /// Takes an image of this member's records. Unless it may be `stale` it holds every write acknowledged before the call.
    pub async fn begin(core: &Core, stale: bool) -> Result<Self, SaveError> {
        if !stale {
            let index = core.node.read_index().await?;
            core.node.wait_applied(index).await?;
        }
        let image = core.node.image().await?;
        let header = header(core, &image).await?;
        let (encoder, begun) = Encoder::begin(&header);
        Ok(Self { image, encoder: Some(encoder), begun: Some(begun), from: Some(String::new()) })
    }

    /// The next bytes; `None` after the last.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(begun) = self.begun.take() {
            return Ok(Some(begun));
        }
        let Some(from) = self.from.take() else {
            return Ok(self.encoder.take().map(Encoder::end));
        };
        let part = self.image.part(&from, FRAME_BYTES).await?;
        self.from = part.next;
        Ok(self.encoder.as_mut().map(|encoder| encoder.records(part.records)))
    }
}

async fn header(core: &Core, image: &StateImage) -> Result<Header, SaveError> {
    let (standing, records) = image.survey().await?;
    let cluster = image.record(CLUSTER_ID_KEY).await?.ok_or(SaveError::Unborn)?;
    let version = image.record(CLUSTER_VERSION_KEY).await?.ok_or(SaveError::Unborn)?;
    let version = String::from_utf8_lossy(&version).parse();
    let version = version
        .map_err(|_| StoreError::Damaged(format!("record {CLUSTER_VERSION_KEY} does not hold a number")))?;
    let revision: Revision = image.record(REVISION_KEY).await?.map_or(0, |bytes| revision(&bytes));
    Ok(Header {
        cluster: String::from_utf8_lossy(&cluster).into_owned(),
        applied: standing.applied,
        revision,
        records,
        created_at: core.runtime.now(),
        region: core.first_start.region.to_string(),
        now: standing.now,
        record_version: version,
        program: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
