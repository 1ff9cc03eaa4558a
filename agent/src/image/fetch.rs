//! Checks an archive against its digest while it flows to the backend, so that no copy has to be kept for it.

use crate::backend::{BackendError, ImageArchive};
use aws_lc_rs::digest::{Context, SHA256};
use controlplane_types::Runtime;
use std::fmt::Write;
use tokio::sync::mpsc;

const CHUNKS_IN_FLIGHT: usize = 4;

/// The same archive, ending in an error when its bytes do not have `digest` (`sha256:` and 64 hex digits). The
/// backend unpacks all or nothing, so an error at the end leaves nothing behind.
pub fn verified(runtime: &dyn Runtime, digest: String, mut archive: ImageArchive) -> ImageArchive {
    let (sender, receiver) = mpsc::channel(CHUNKS_IN_FLIGHT);
    let copy = async move {
        let mut context = Context::new(&SHA256);
        while let Some(chunk) = archive.recv().await {
            if let Ok(bytes) = &chunk {
                context.update(bytes);
            }
            let broken = chunk.is_err();
            if sender.send(chunk).await.is_err() || broken {
                return;
            }
        }
        let found = named(context.finish().as_ref());
        if found != digest {
            let why = format!("the archive of image {digest} arrived with digest {found}");
            // The receiver may have given up; then nobody needs the verdict.
            let _ = sender.send(Err(BackendError::Retry(why))).await;
        }
    };
    runtime.spawn("image-verify", Box::pin(copy));
    receiver
}

fn named(hash: &[u8]) -> String {
    hash.iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Virtual;

    const HELLO: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn fetch(digest: &str, chunks: Vec<Result<&[u8], BackendError>>) -> Vec<Result<Vec<u8>, BackendError>> {
        let world = Virtual::new(1);
        let (sender, archive) = mpsc::channel(16);
        for chunk in chunks {
            sender.try_send(chunk.map(<[u8]>::to_vec)).unwrap();
        }
        drop(sender);
        let mut verified = verified(world.runtime().as_ref(), digest.into(), archive);
        world.block_on(async move {
            let mut got = Vec::new();
            while let Some(chunk) = verified.recv().await {
                got.push(chunk);
            }
            got
        })
    }

    #[test]
    fn whole_archives_pass_and_others_end_in_an_error() {
        assert_eq!(fetch(HELLO, vec![Ok(b"hel"), Ok(b"lo")]), [Ok(b"hel".to_vec()), Ok(b"lo".to_vec())]);
        assert!(matches!(fetch(HELLO, vec![Ok(b"hel")]).as_slice(), [Ok(_), Err(BackendError::Retry(_))]));
        let broken = BackendError::Retry("line cut".into());
        assert_eq!(fetch(HELLO, vec![Ok(b"hel"), Err(broken.clone())]), [Ok(b"hel".to_vec()), Err(broken)]);
    }
}
