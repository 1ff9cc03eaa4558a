//! From a reference to everything that is known of an image without its layers.

use super::client::Document;
use super::{Registry, RegistryError};
use crate::archive::document::{self, Configuration, Descriptor, MAX_BYTES, Manifest, Top, own_architecture};
use crate::archive::{ArchiveError, Fingerprint};
use controlplane_types::ImageReference;

/// Indexes may lead to indexes.
const MAX_DEPTH: usize = 4;
/// What Hearth runs on, as images call it.
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// An image for one architecture.
#[derive(Clone, Debug)]
pub struct RemoteImage {
    /// `sha256:...` of its manifest.
    pub digest: String,
    /// What it says about itself.
    pub configuration: Configuration,
    /// From the bottom up.
    pub layers: Vec<Descriptor>,
    /// Of all layers, compressed.
    pub size_bytes: u64,
}

/// What a reference meant at one moment.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The reference in full, with the digest it led to.
    pub reference: ImageReference,
    /// At least one, by architecture.
    pub platforms: Vec<RemoteImage>,
}

impl Registry {
    /// The image that `reference` names by digest, for `architecture`.
    pub async fn image(
        &self,
        reference: &ImageReference,
        architecture: &str,
    ) -> Result<RemoteImage, RegistryError> {
        let document = self.document(reference).await?;
        self.image_in(reference, document, architecture).await
    }

    /// What `reference` means now. Without `architectures`: all that Hearth runs on and that it has.
    pub async fn resolve(
        &self,
        reference: &ImageReference,
        architectures: &[String],
    ) -> Result<Resolved, RegistryError> {
        let document = self.document(reference).await?;
        let top = parse(&document)?;
        let found = ImageReference { digest: Some(document.digest.clone()), ..reference.clone() };
        let wanted = match (&top, architectures) {
            (_, [_, ..]) => architectures.to_vec(),
            (Top::Index(manifests), []) => available(manifests),
            (Top::Manifest(_), []) => vec![String::new()],
        };
        if wanted.is_empty() {
            return Err(RegistryError::Malformed(format!(
                "{reference}: no image for linux/amd64 or linux/arm64"
            )));
        }
        let mut platforms = Vec::new();
        for architecture in &wanted {
            platforms.push(self.image_in(&found, document.clone(), architecture).await?);
        }
        Ok(Resolved { reference: found, platforms })
    }

    /// Goes down from `document` to the manifest for `architecture` (empty: whichever a single manifest is for).
    async fn image_in(
        &self,
        reference: &ImageReference,
        mut document: Document,
        architecture: &str,
    ) -> Result<RemoteImage, RegistryError> {
        for _ in 0..=MAX_DEPTH {
            let descriptor = match parse(&document)? {
                Top::Manifest(manifest) => {
                    return self.described(reference, document.digest, manifest, architecture).await;
                }
                Top::Index(manifests) => document::choose(&manifests, architecture).map_err(refused)?.clone(),
            };
            document = self.document(&reference.with_digest(&descriptor.digest)).await?;
            if document.media_type != descriptor.media_type || document.bytes.len() as u64 != descriptor.size
            {
                return Err(RegistryError::Mismatch {
                    what: format!("manifest {}", descriptor.digest),
                    announced: format!("{} of {} bytes", descriptor.media_type, descriptor.size),
                    found: format!("{} of {} bytes", document.media_type, document.bytes.len()),
                });
            }
        }
        Err(RegistryError::Malformed(format!("{reference}: indexes lead to more than {MAX_DEPTH} indexes")))
    }

    async fn described(
        &self,
        reference: &ImageReference,
        digest: String,
        manifest: Manifest,
        architecture: &str,
    ) -> Result<RemoteImage, RegistryError> {
        let bytes = self.short_blob(reference, &manifest.config).await?;
        let mut configuration = Configuration::parse(&bytes, &manifest).map_err(refused)?;
        match (architecture, configuration.architecture.as_str()) {
            ("", "") => own_architecture().clone_into(&mut configuration.architecture),
            // An image that does not say is taken at the index' word.
            (wanted, "") => wanted.clone_into(&mut configuration.architecture),
            (wanted, made_for) if !(wanted.is_empty() || wanted == made_for) => {
                return Err(RegistryError::Malformed(format!(
                    "{reference}: the image is made for linux/{made_for}, not for linux/{wanted}"
                )));
            }
            _ => {}
        }
        let size_bytes = manifest.layer_bytes();
        Ok(RemoteImage { digest, configuration, layers: manifest.layers, size_bytes })
    }

    /// A blob that is a document.
    async fn short_blob(
        &self,
        reference: &ImageReference,
        descriptor: &Descriptor,
    ) -> Result<Vec<u8>, RegistryError> {
        let mut blob = self.blob(reference, &descriptor.digest, 0, 0).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = blob.next().await? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > MAX_BYTES {
                return Err(RegistryError::Malformed(format!("configuration: more than {MAX_BYTES} bytes")));
            }
        }
        let found = Fingerprint::of(&bytes);
        if found != descriptor.digest || bytes.len() as u64 != descriptor.size {
            return Err(RegistryError::Mismatch {
                what: "configuration".to_owned(),
                announced: format!("{} of {} bytes", descriptor.digest, descriptor.size),
                found: format!("{found} of {} bytes", bytes.len()),
            });
        }
        Ok(bytes)
    }
}

fn parse(document: &Document) -> Result<Top, RegistryError> {
    Top::parse(&document.bytes, &document.media_type).map_err(refused)
}

fn available(manifests: &[Descriptor]) -> Vec<String> {
    let there = |architecture: &&&str| document::choose(manifests, architecture).is_ok();
    ARCHITECTURES.iter().filter(there).map(|&architecture| architecture.to_owned()).collect()
}

fn refused(error: ArchiveError) -> RegistryError {
    RegistryError::Malformed(error.to_string())
}
