//! Images on this machine: `<data>/images/<digest>/` with `rootfs/` and, if it came from a registry, `configuration`.
//!
//! An image is there whole or not at all. It is unpacked beside its final name, synced, and renamed; whatever an
//! interrupted attempt left carries a name with a leading dot and is swept at the next start. Instances never write
//! to it: their changes go to an overlay of their own.

mod builtin;
mod configuration;
mod confined;
mod layers;
mod pull;
mod unpack;

#[cfg(test)]
mod tests;

pub use builtin::{INIT, INSTANCE_ID, PREFIX as BUILTIN, USER_DATA};
pub use configuration::Started;
pub use confined::{Confined, Ownership};
pub use unpack::unpack;

use crate::archive::document::Configuration;
use crate::archive::{ArchiveError, Fingerprint, Limits};
use crate::backend::{BackendError, ImageArchive};
use crate::registry::{Registry, RegistrySettings};
use controlplane_proto::agent as proto;
use controlplane_types::Runtime;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The images below one folder.
#[derive(Clone)]
pub struct Images {
    folder: PathBuf,
    busybox: PathBuf,
    limits: Limits,
    layers: Arc<layers::Layers>,
    registry: Arc<Registry>,
}

impl Images {
    /// In the folders `images` and `layers` of `data`. Sweeps what earlier attempts left half done.
    pub fn open(
        data: &Path,
        busybox: PathBuf,
        registry: RegistrySettings,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self, BackendError> {
        let folder = data.join("images");
        let sweep = || {
            make_private(&folder)?;
            sweep(&folder)
        };
        sweep().map_err(failed(&folder))?;
        let layers = data.join("layers");
        let layers = layers::Layers::open(layers.clone()).map_err(failed(&layers))?;
        let registry = Arc::new(Registry::new(registry, runtime));
        Ok(Self { folder, busybox, limits: Limits::default(), layers: Arc::new(layers), registry })
    }

    /// Digests of the images that are there.
    pub fn list(&self) -> Result<Vec<String>, BackendError> {
        let read = || {
            let mut digests = Vec::new();
            for entry in fs::read_dir(&self.folder)? {
                digests.extend(entry?.file_name().to_str().and_then(digest_of));
            }
            digests.sort();
            Ok(digests)
        };
        read().map_err(failed(&self.folder))
    }

    /// Digests of images that were begun: only layers of them are there.
    pub fn partial(&self) -> Result<Vec<String>, BackendError> {
        let whole = self.list()?;
        Ok(self.layers.images()?.into_iter().filter(|digest| !whole.contains(digest)).collect())
    }

    /// The root file system of an image that is there.
    pub fn root(&self, digest: &str) -> Result<PathBuf, BackendError> {
        let root = self.folder_of(digest)?.join("rootfs");
        if root.is_dir() {
            return Ok(root);
        }
        Err(BackendError::Retry(format!("image {digest}: not on this machine")))
    }

    /// Unpacks an image; see [`crate::backend::Backend::add_image`].
    pub async fn add(&self, image: &proto::Image, archive: Option<ImageArchive>) -> Result<(), BackendError> {
        if self.folder_of(&image.digest)?.exists() {
            return Ok(());
        }
        let aside = self.aside()?;
        let source = match (archive, &image.registry) {
            (None, None) => Source::Builtin(image.source.clone()),
            (None, Some(registry)) => self.pull(image, registry).await?,
            (Some(archive), _) => Source::Archive(receive(archive, &image.digest, aside.path()).await?),
        };
        let (images, digest) = (self.clone(), image.digest.clone());
        let work = move || images.install(&digest, source, &aside);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| BackendError::Retry("image: unpacking broke off".into()))?
    }

    fn install(&self, digest: &str, source: Source, aside: &Aside) -> Result<(), BackendError> {
        let root = aside.path().join("rootfs");
        let made = fs::create_dir(&root);
        // Whatever this process' umask is: it becomes `/`, which everybody enters.
        made.and_then(|()| fs::set_permissions(&root, Permissions::from_mode(0o755)))
            .map_err(failed(&root))?;
        match source {
            Source::Builtin(source) => builtin::build(&source, &root, &self.busybox)?,
            Source::Archive(mut archive) => {
                unpack(&mut archive, &root, self.limits).map_err(refused(digest))?
            }
            Source::Layers(layers, configuration) => {
                unpack::layers(&layers, &root, self.limits).map_err(refused(digest))?;
                let path = aside.path().join(configuration::FILE);
                configuration::write(&configuration, &path).map_err(failed(&path))?;
            }
        }
        let folder = self.folder_of(digest)?;
        match fs::rename(aside.path(), &folder) {
            // Somebody else was faster with the same bytes.
            Err(_) if folder.exists() => Ok(()),
            other => other.and_then(|()| File::open(&self.folder)?.sync_all()).map_err(failed(&self.folder)),
        }
    }

    /// Removes an image, and the layers that no other image has; absent is done.
    pub fn remove(&self, digest: &str) -> Result<(), BackendError> {
        let folder = self.folder_of(digest)?;
        let aside = self.aside()?;
        match fs::rename(&folder, aside.path().join("removed")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&folder)(error)),
            _ => self.layers.forget(digest),
        }
    }

    /// What an instance of the image starts, where the image's own configuration says so.
    pub fn started(&self, image: &proto::Image) -> Result<Started, BackendError> {
        let folder = self.folder_of(&image.digest)?;
        configuration::started(image, &folder)
    }

    fn folder_of(&self, digest: &str) -> Result<PathBuf, BackendError> {
        Ok(self.folder.join(name_of(digest)?))
    }

    fn aside(&self) -> Result<Aside, BackendError> {
        Aside::new(&self.folder).map_err(failed(&self.folder))
    }
}

/// Where an image comes from.
enum Source {
    Builtin(String),
    Archive(File),
    /// From the bottom up.
    Layers(Vec<pull::LayerFile>, Box<Configuration>),
}

/// A folder for work in progress, removed with whatever is still in it.
struct Aside(PathBuf);

impl Aside {
    fn new(parent: &Path) -> io::Result<Self> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!(".{}-{number}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What cannot be removed now is swept at the next start.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder that only root enters: images hold setuid programs of strangers.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))
}

fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// A digest as a file name.
fn name_of(digest: &str) -> Result<String, BackendError> {
    let legal = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match digest.split_once(':') {
        Some((algorithm, hex)) if legal(algorithm) && legal(hex) && hex.len() <= 128 => {
            Ok(format!("{algorithm}-{hex}"))
        }
        _ => Err(BackendError::Permanent(format!("image digest {digest:?}: not ALGORITHM:HEX"))),
    }
}

fn digest_of(name: &str) -> Option<String> {
    let digest = name.replacen('-', ":", 1);
    name_of(&digest).is_ok().then_some(digest)
}

/// Writes the archive to disk as it comes and holds it against the digest.
async fn receive(mut chunks: ImageArchive, digest: &str, aside: &Path) -> Result<File, BackendError> {
    let path = aside.join("archive");
    let mut file =
        File::options().read(true).write(true).create_new(true).open(&path).map_err(failed(&path))?;
    let mut hasher = Fingerprint::default();
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk?;
        hasher.update(&chunk);
        file.write_all(&chunk).map_err(failed(&path))?;
    }
    let (found, _) = hasher.finish();
    if found != digest {
        return Err(BackendError::Retry(format!("image {digest}: what came has digest {found}")));
    }
    // It stays open while it is needed; without a name it does not travel into the image's folder.
    fs::remove_file(&path).map_err(failed(&path))?;
    Ok(file)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackendError {
    move |error| BackendError::Retry(format!("{}: {error}", path.display()))
}

/// A hostile archive stays hostile; a full disk may be emptied.
fn refused(digest: &str) -> impl FnOnce(ArchiveError) -> BackendError {
    move |error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        let text = format!("image {digest}: {error}{cause}");
        if error.is_transient() { BackendError::Retry(text) } else { BackendError::Permanent(text) }
    }
}
