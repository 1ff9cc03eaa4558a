//! Archives of imported images on this server, by digest. Agents fetch them from here.
//!
//! An archive is written aside while its digest is computed and gets its name, the digest, only when it is whole
//! and on disk; so whatever has a name is complete.

use aws_lc_rs::digest::{Context, SHA256};
use controlplane_proto::agent::ImageChunk;
use controlplane_types::Runtime;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tonic::Status;

const CHUNK: usize = 256 * 1024;
/// Larger archives are refused.
pub const MAX_BYTES: u64 = 8 << 30;

/// Why an archive cannot be kept or given.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The name is not a digest.
    #[error("{0:?} is not a sha256 digest")]
    NotADigest(String),
    /// There is no such archive here.
    #[error("this server has no image archive {0}")]
    Unknown(String),
    /// Too much.
    #[error("the archive has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// The disk refused.
    #[error("the archive cannot be stored: {0}")]
    Disk(#[from] std::io::Error),
}

/// The folder of archives.
#[derive(Clone)]
pub struct ImageStore {
    dir: PathBuf,
    runtime: Arc<dyn Runtime>,
}

impl ImageStore {
    /// Archives in `dir`; leftovers of interrupted imports are removed.
    pub fn open(dir: &Path, runtime: Arc<dyn Runtime>) -> std::io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        for entry in std::fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "part") {
                std::fs::remove_file(path)?;
            }
        }
        Ok(Self { dir: dir.to_owned(), runtime })
    }

    /// Begins an import.
    pub async fn create(&self, name: &str) -> Result<Import, ImageError> {
        let part = self.dir.join(format!("{name}.part"));
        let file = File::create(&part).await?;
        Ok(Import { dir: self.dir.clone(), part, file, digest: Context::new(&SHA256), bytes: 0 })
    }

    /// Where the archive lies.
    pub fn path(&self, digest: &str) -> Result<PathBuf, ImageError> {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ImageError::NotADigest(digest.to_owned()));
        }
        Ok(self.dir.join(hex))
    }

    /// The archive in chunks.
    pub async fn read(&self, digest: &str) -> Result<mpsc::Receiver<Result<ImageChunk, Status>>, ImageError> {
        let path = self.path(digest)?;
        let file = File::open(path).await.map_err(|_| ImageError::Unknown(digest.to_owned()))?;
        let (sender, receiver) = mpsc::channel(4);
        self.runtime.spawn("image-read", Box::pin(pump(file, sender)));
        Ok(receiver)
    }
}

async fn pump(mut file: File, sender: mpsc::Sender<Result<ImageChunk, Status>>) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let chunk = match file.read(&mut buffer).await {
            Ok(0) => return,
            Ok(count) => Ok(ImageChunk { data: buffer[..count].to_vec() }),
            Err(error) => Err(Status::data_loss(error.to_string())),
        };
        let failed = chunk.is_err();
        if sender.send(chunk).await.is_err() || failed {
            return;
        }
    }
}

/// An archive on its way in.
pub struct Import {
    dir: PathBuf,
    part: PathBuf,
    file: File,
    digest: Context,
    bytes: u64,
}

impl Import {
    /// The next bytes.
    pub async fn write(&mut self, data: &[u8]) -> Result<(), ImageError> {
        self.bytes += data.len() as u64;
        if self.bytes > MAX_BYTES {
            return Err(ImageError::TooLarge);
        }
        self.digest.update(data);
        Ok(self.file.write_all(data).await?)
    }

    /// How much came so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes the archive durable under its digest.
    pub async fn finish(self) -> Result<String, ImageError> {
        let Self { dir, part, file, digest, .. } = self;
        file.sync_all().await?;
        let hex: String = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        fs::rename(&part, dir.join(&hex)).await?;
        File::open(&dir).await?.sync_all().await?;
        Ok(format!("sha256:{hex}"))
    }

    /// Removes what came so far.
    pub async fn discard(self) {
        // A part that cannot be removed now is removed at the next start.
        let _ = fs::remove_file(&self.part).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_raft::TokioRuntime;

    const HELLO: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[tokio::test]
    async fn an_archive_has_a_name_only_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let store = ImageStore::open(dir.path(), TokioRuntime::current()).unwrap();
        let mut import = store.create("x").await.unwrap();
        import.write(b"hel").await.unwrap();
        assert!(matches!(store.read(HELLO).await, Err(ImageError::Unknown(_))));
        import.write(b"lo").await.unwrap();
        assert_eq!((import.bytes(), import.finish().await.unwrap().as_str()), (5, HELLO));
        let mut chunks = store.read(HELLO).await.unwrap();
        assert_eq!(chunks.recv().await.unwrap().unwrap().data, b"hello");
        assert!(chunks.recv().await.is_none());
    }

    #[tokio::test]
    async fn leftovers_of_a_crash_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("y.part"), b"half").unwrap();
        ImageStore::open(dir.path(), TokioRuntime::current()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn names_that_are_no_digests_reach_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let store = ImageStore::open(dir.path(), TokioRuntime::current()).unwrap();
        for name in ["", "sha256:", "sha256:../../etc/passwd", "../x", "md5:00", &HELLO[..70]] {
            assert!(matches!(store.path(name), Err(ImageError::NotADigest(_))), "{name}");
        }
    }
}
