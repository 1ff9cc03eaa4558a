use super::sharing::{self, BY_LAUNCH_PERMISSION, LaunchPermission};
use crate::errors::{self, Noun};
use crate::instance::{BY_IMAGE, Instance};
use crate::resource::{self, Resource, check_id};
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Caller, Context, Reader, Record, ServiceError, Stored};
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
    /// Who besides its owner may launch it; each once.
    #[cbor(n(9), default)]
    pub launch_permissions: Vec<LaunchPermission>,
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

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        for permission in self.launch_permissions.iter().filter(|_| !self.deregistered) {
            add(BY_LAUNCH_PERMISSION, permission.as_str());
        }
    }
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

/// The image `id` as the caller sees it: the account's own, else one of the region's, else one that another account
/// shares. Own ones that are deregistered included.
pub fn find<'r>(id: &str, cx: &'r Reader) -> Option<Stored<'r, Image>> {
    let own = cx.view.stored(&cx.key::<Image>(id));
    own.or_else(|| cx.view.stored(&system_key(id, cx)))
        .or_else(|| sharing::with_caller(cx).find(|image| image.key.id() == id))
}

/// The image an instance of the caller's runs, whoever owns it and whether or not it may still be launched.
pub fn of_instance<'r>(instance: &Instance, cx: &'r Reader) -> Option<Stored<'r, Image>> {
    let Some(owner) = &instance.image_owner else {
        return find(&instance.image_id, cx);
    };
    cx.view.stored(&owned_by(&AccountId::from(owner.as_str()), &instance.image_id, cx))
}

/// Where the region's own image `id` lives.
pub(super) fn system_key(id: &str, cx: &Reader) -> Key {
    owned_by(&SYSTEM_ACCOUNT.into(), id, cx)
}

fn owned_by(owner: &AccountId, id: &str, cx: &Reader) -> Key {
    Key::new(owner, &cx.scope::<Image>(), Image::KIND, id)
}

/// An image the caller may launch, or the error AWS gives.
pub fn launchable<'r>(id: &str, cx: &'r Reader) -> Result<Stored<'r, Image>, ServiceError> {
    check_id(&errors::IMAGE, id)?;
    find(id, cx).filter(|image| !image.deregistered).ok_or_else(|| errors::no_image(id))
}

/// The caller's own image, to change it.
pub(super) fn require_own<'r>(id: &str, cx: &'r Reader) -> Result<&'r Image, ServiceError> {
    let image = launchable(id, cx)?;
    if image.key.account() != cx.caller.account {
        return Err(errors::not_your_image(id));
    }
    Ok(image.record)
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

/// Removes the image of an instance that ended, if it was deregistered and no other instance needs it.
pub fn forget_unused(instance: &Instance, cx: &mut Context) {
    let owner = instance.image_owner.as_deref().map_or_else(|| cx.caller.account.clone(), AccountId::from);
    let caller = Caller { account: owner, ..cx.caller.clone() };
    cx.acting_as(caller, |cx| {
        let id = &instance.image_id;
        if cx.get::<Image>(id).is_some_and(|image| image.deregistered) && !is_used(id, cx) {
            cx.delete::<Image>(id);
        }
    });
}

/// Whether an instance of any account runs the caller's image. Ids alone do not tell: an account may give an image of its
/// own the id that another account's has.
fn is_used(id: &str, cx: &Reader) -> bool {
    let owner = cx.caller.account.as_str();
    cx.view.find::<Instance>(BY_IMAGE, id).any(|instance| match &instance.image_owner {
        Some(other) => other == owner,
        None => instance.key.account() == cx.caller.account,
    })
}
