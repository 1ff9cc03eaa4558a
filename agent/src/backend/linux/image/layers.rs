//! Layers of images from registries: `<data>/layers/`.
//!
//! | name | holds |
//! |---|---|
//! | `blobs/<digest>` | a layer as the registry gave it, whole and held against its digest |
//! | `parts/<digest>` | the beginning of one |
//! | `images/<digest>` | the layers of an image, one digest a line: as long as it is there, they stay |
//!
//! A layer is fetched once, whoever needs it and however often. It is kept as long as an image of the machine is made of
//! it, though the image itself is unpacked: the next version of it mostly changes the top layers only. What that costs, and
//! why images are not stacked from unpacked layers instead, is in `controlplane/design/0034`.

use super::{digest_of, failed, make_private, name_of};
use crate::archive::document::Descriptor;
use crate::backend::BackendError;
use crate::registry::{Registry, RegistryError};
use controlplane_types::ImageReference;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The layers below one folder.
#[derive(Debug)]
pub(super) struct Layers {
    folder: PathBuf,
    /// Held while notes change: what is being removed must not be what somebody notes at the same time.
    notes: Mutex<()>,
    /// One download at a time of each layer.
    busy: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Layers {
    /// Removes the layers that no image is made of.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        make_private(&folder)?;
        for part in ["blobs", "parts", "images"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let layers = Self { folder, notes: Mutex::default(), busy: Mutex::default() };
        layers.sweep()?;
        Ok(layers)
    }

    /// Notes what `image` is made of; until [`Layers::forget`] its layers stay.
    pub(super) fn note(&self, image: &str, layers: &[Descriptor]) -> Result<(), BackendError> {
        let path = self.path("images", image)?;
        let aside = path.with_extension("new");
        let text: String = layers.iter().map(|layer| format!("{}\n", layer.digest)).collect();
        let _held = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || {
            let mut file = File::create(&aside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&aside, &path)
        };
        write().map_err(failed(&path))
    }

    /// Images that layers are noted for.
    pub(super) fn images(&self) -> Result<Vec<String>, BackendError> {
        let folder = self.folder.join("images");
        names(&folder)
            .map(|names| names.iter().filter_map(|name| digest_of(name)).collect())
            .map_err(failed(&folder))
    }

    /// Forgets `image`; the layers that no other one has go.
    pub(super) fn forget(&self, image: &str) -> Result<(), BackendError> {
        let path = self.path("images", image)?;
        let _held = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.and_then(|()| self.sweep()).map_err(failed(&path)),
        }
    }

    fn sweep(&self) -> io::Result<()> {
        let mut used = BTreeSet::new();
        let notes = self.folder.join("images");
        for name in names(&notes)? {
            if digest_of(&name).is_none() || name.ends_with(".new") {
                fs::remove_file(notes.join(name))?;
                continue;
            }
            used.extend(fs::read_to_string(notes.join(name))?.lines().map(str::to_owned));
        }
        for folder in ["blobs", "parts"].map(|name| self.folder.join(name)) {
            for name in names(&folder)? {
                if !digest_of(&name).is_some_and(|digest| used.contains(&digest)) {
                    fs::remove_file(folder.join(name))?;
                }
            }
        }
        Ok(())
    }

    /// The layer that `descriptor` announces, fetched if it is not here yet. It must be noted for an image.
    pub(super) async fn get(
        &self,
        registry: &Registry,
        reference: &ImageReference,
        descriptor: &Descriptor,
        progress: impl Fn(u64),
    ) -> Result<PathBuf, BackendError> {
        let path = self.path("blobs", &descriptor.digest)?;
        let turn = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            busy.retain(|_, turn| Arc::strong_count(turn) > 1);
            busy.entry(descriptor.digest.clone()).or_default().clone()
        };
        let _turn = turn.lock().await;
        if path.exists() {
            progress(descriptor.size);
            return Ok(path);
        }
        let part = self.path("parts", &descriptor.digest)?;
        let begun = fs::metadata(&part).map_or(0, |found| found.len());
        tracing::info!(layer = descriptor.digest, bytes = descriptor.size, begun, "pulling a layer");
        registry.download(reference, descriptor, &part, progress).await.map_err(pull_failed)?;
        fs::rename(&part, &path).map_err(failed(&path))?;
        Ok(path)
    }

    fn path(&self, part: &str, digest: &str) -> Result<PathBuf, BackendError> {
        Ok(self.folder.join(part).join(name_of(digest)?))
    }
}

pub(super) fn pull_failed(error: RegistryError) -> BackendError {
    let text = error.to_string();
    if error.is_transient() { BackendError::Retry(text) } else { BackendError::Permanent(text) }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}
