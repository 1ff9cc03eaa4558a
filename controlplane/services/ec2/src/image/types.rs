use crate::errors::{self, Noun};
use crate::instance::{BY_IMAGE, Instance};
use crate::resource::{self, Resource, check_id};
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Context, Reader, Record, ServiceError};
use controlplane_types::{AccountId, Key, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// An image. Id: `ami-...`; owner: an account, or the system for the region's own.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Image {
    /// Unique in the account and region.
    #[n(0)]
    pub name: String,
    /// For people.
    #[n(1)]
    pub description: String,
    /// Where the root file system comes from.
    #[n(2)]
    pub source: Source,
    /// First process and its arguments. Empty: what the source says.
    #[n(3)]
    pub command: Vec<String>,
    /// `KEY=value` for it.
    #[n(4)]
    pub environment: Vec<String>,
    /// Where it starts; empty: `/`.
    #[n(5)]
    pub working_directory: String,
    /// Length of the archive.
    #[n(6)]
    pub size_bytes: u64,
    /// When the record was made.
    #[n(7)]
    pub created_at: Timestamp,
    /// Nobody may launch it any more; instances still use it.
    #[n(8)]
    pub deregistered: bool,
}

/// Where a root file system comes from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Source {
    /// Part of the program, by name.
    #[n(0)]
    Builtin(#[n(0)] String),
    /// An archive in the server's store, by digest (`sha256:...`).
    #[n(1)]
    Import(#[n(0)] String),
    /// In an OCI registry, which the agents ask themselves.
    #[n(2)]
    Registry(#[n(0)] RegistryImage),
}

/// An image in a registry, by digest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RegistryImage {
    /// In full, without the digest: `docker.io/library/nginx:1.27`. Says where to ask, and for people what it was.
    #[n(0)]
    pub reference: String,
    /// `sha256:...` of the index or manifest that it led to.
    #[n(1)]
    pub digest: String,
    /// What it is for each architecture; empty if nobody has looked.
    #[n(2)]
    pub platforms: Vec<Platform>,
}

/// An image for one architecture, as its configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Platform {
    /// As registries call it: `amd64`, `arm64`.
    #[n(0)]
    pub architecture: String,
    /// `sha256:...` of the manifest.
    #[n(1)]
    pub digest: String,
    /// Of all layers, compressed.
    #[n(2)]
    pub size_bytes: u64,
    /// First process and its arguments.
    #[n(3)]
    pub command: Vec<String>,
    /// `KEY=value` for it.
    #[n(4)]
    pub environment: Vec<String>,
    /// Where it starts; empty: `/`.
    #[n(5)]
    pub working_directory: String,
    /// As whom; empty: root.
    #[n(6)]
    pub user: String,
}

impl Record for Image {
    const KIND: &'static str = "image";
}

impl Resource for Image {
    const NOUN: &'static Noun = &errors::IMAGE;
}

impl Source {
    /// `builtin:<name>`, the archive's digest, or the reference with its digest, as manifests say it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Builtin(name) => format!("builtin:{name}"),
            Self::Import(digest) => digest.clone(),
            Self::Registry(image) => format!("{}@{}", image.reference, image.digest),
        }
    }

    /// What a registry holds for each architecture, as far as somebody has looked.
    pub fn platforms(&self) -> &[Platform] {
        match self {
            Self::Registry(image) => &image.platforms,
            Self::Builtin(_) | Self::Import(_) => &[],
        }
    }

    /// Whether both mean the same bytes from the same place, whatever is known of them.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.to_text() == other.to_text()
    }
}

/// The image `id` as the caller sees it: the account's own, else one of the region's. Deregistered ones included, because
/// instances need them.
pub fn find<'r>(id: &str, cx: &'r Reader) -> Option<(AccountId, &'r Image)> {
    let own = cx.get::<Image>(id).map(|image| (cx.caller.account.clone(), image));
    own.or_else(|| cx.view.get(&system_key(id, cx)).map(|image| (SYSTEM_ACCOUNT.into(), image)))
}

/// Where the region's own image `id` lives.
pub(super) fn system_key(id: &str, cx: &Reader) -> Key {
    Key::new(&SYSTEM_ACCOUNT.into(), &cx.scope::<Image>(), Image::KIND, id)
}

/// An image the caller may launch, or the error AWS gives.
pub fn launchable<'r>(id: &str, cx: &'r Reader) -> Result<&'r Image, ServiceError> {
    check_id(&errors::IMAGE, id)?;
    let found = find(id, cx).map(|(_, image)| image).filter(|image| !image.deregistered);
    found.ok_or_else(|| errors::no_image(id))
}

/// Takes an image away: at once when nothing uses it, else once nothing does.
pub(super) fn deregister(id: &str, cx: &mut Context) {
    let Some(image) = cx.get::<Image>(id).cloned() else {
        return;
    };
    resource::delete::<Image>(id, cx);
    if is_used(id, cx) {
        cx.put(id, Image { deregistered: true, ..image });
    }
}

/// Removes the caller's image `id` if it was deregistered and no instance needs it any more.
pub fn forget_unused(id: &str, cx: &mut Context) {
    if cx.get::<Image>(id).is_some_and(|image| image.deregistered) && !is_used(id, cx) {
        cx.delete::<Image>(id);
    }
}

fn is_used(id: &str, cx: &Reader) -> bool {
    cx.find::<Instance>(BY_IMAGE, id).next().is_some()
}
