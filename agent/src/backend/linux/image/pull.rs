//! An image from a registry: manifest, layers, root file system.

use super::layers::pull_failed;
use super::{Images, Source};
use crate::archive::document::{Configuration, Descriptor, own_architecture};
use crate::backend::BackendError;
use crate::registry::RemoteImage;
use controlplane_proto::agent as proto;
use controlplane_types::ImageReference;
use futures::{StreamExt, TryStreamExt, stream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Layers of one image that are fetched at once.
const MOST_DOWNLOADS: usize = 3;

/// A layer on this machine.
#[derive(Debug)]
pub(super) struct LayerFile {
    pub(super) path: PathBuf,
    /// Of the tar inside; unknown if the configuration does not say.
    pub(super) diff_id: Option<String>,
}

/// How far a pull is, told whenever another tenth is there.
struct Progress<'a> {
    image: &'a str,
    total: u64,
    done: AtomicU64,
}

impl Progress<'_> {
    /// `before` more bytes were there than are now; returns what to pass next time.
    fn moved(&self, before: &AtomicU64, now: u64) {
        let added = now.saturating_sub(before.swap(now, Ordering::Relaxed));
        let done = self.done.fetch_add(added, Ordering::Relaxed) + added;
        let tenths = |bytes: u64| bytes.saturating_mul(10) / self.total.max(1);
        if tenths(done) > tenths(done - added) {
            tracing::info!(image = self.image, bytes = done, of = self.total, "pulling");
        }
    }
}

impl Images {
    /// Fetches what `image` is made of; what is here already is not fetched again.
    pub(super) async fn pull(
        &self,
        image: &proto::Image,
        from: &proto::RegistryImage,
    ) -> Result<Source, BackendError> {
        let reference = self.reference(image, from)?;
        let remote = self.registry.image(&reference, own_architecture()).await.map_err(pull_failed)?;
        let RemoteImage { layers, configuration, size_bytes, .. } = remote;
        self.layers.note(&image.digest, &layers)?;
        let progress = Progress { image: &image.id, total: size_bytes, done: AtomicU64::new(0) };
        let fetch = |layer: Descriptor| {
            let (reference, progress, before) = (&reference, &progress, AtomicU64::new(0));
            async move {
                self.layers.get(&self.registry, reference, &layer, |now| progress.moved(&before, now)).await
            }
        };
        let fetched = stream::iter(layers).map(fetch).buffered(MOST_DOWNLOADS).try_collect::<Vec<PathBuf>>();
        let files = with_diff_ids(fetched.await?, &configuration);
        Ok(Source::Layers(files, Box::new(configuration)))
    }

    /// The manifest for this machine if it is known already, else the index in which to look.
    fn reference(
        &self,
        image: &proto::Image,
        from: &proto::RegistryImage,
    ) -> Result<ImageReference, BackendError> {
        let named: ImageReference =
            from.reference.parse().map_err(|error| BackendError::Permanent(format!("{error}")))?;
        let own = own_architecture();
        let platform = from.platforms.iter().find(|platform| platform.architecture == own);
        match (platform, &from.platforms[..]) {
            (Some(platform), _) => Ok(named.with_digest(&platform.digest)),
            (None, []) => Ok(named.with_digest(&image.digest)),
            (None, others) => {
                let names: Vec<_> = others.iter().map(|other| other.architecture.as_str()).collect();
                Err(BackendError::Permanent(format!(
                    "image {} was pulled for {} and not for {own}, which this node is",
                    image.id,
                    names.join(" and ")
                )))
            }
        }
    }
}

fn with_diff_ids(paths: Vec<PathBuf>, configuration: &Configuration) -> Vec<LayerFile> {
    let diff_ids = configuration.diff_ids.iter().cloned().map(Some).chain(std::iter::repeat(None));
    paths.into_iter().zip(diff_ids).map(|(path, diff_id)| LayerFile { path, diff_id }).collect()
}
