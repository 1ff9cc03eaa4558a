//! Launch permissions: who besides its owner may see an image and start instances from it.
//!
//! They decide about launches only. An instance that was launched goes on with the image whatever becomes of the permission,
//! which is why its record names the image's owner.

use super::types::{Image, require_own};
use crate::errors;
use controlplane_services_kernel::{Context, Reader, Record, ServiceError, Stored};
use minicbor::{Decode, Encode};

/// Index of images by those they are shared with: account ids and [`EVERYBODY`].
pub(super) const BY_LAUNCH_PERMISSION: &str = "launch_permission";

/// The group of all accounts.
pub(super) const EVERYBODY: &str = "all";

/// How many accounts an image is shared with at most.
const MAX_PERMISSIONS: usize = 1_000;

/// Who may launch an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum LaunchPermission {
    /// Every account.
    #[n(0)]
    Everybody,
    /// An account, by its id.
    #[n(1)]
    Account(#[n(0)] String),
}

impl LaunchPermission {
    /// An account's id: twelve digits.
    pub(super) fn account(id: &str) -> Result<Self, ServiceError> {
        let fine = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        if fine { Ok(Self::Account(id.to_owned())) } else { Err(errors::launch_permission(id, "userId")) }
    }

    /// A group; there is one.
    pub(super) fn group(name: &str) -> Result<Self, ServiceError> {
        if name == EVERYBODY { Ok(Self::Everybody) } else { Err(errors::launch_permission(name, "group")) }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Everybody => EVERYBODY,
            Self::Account(id) => id,
        }
    }
}

/// What other accounts let the caller launch: shared with its account, or with everybody.
pub(super) fn with_caller(cx: &Reader) -> impl Iterator<Item = Stored<'_, Image>> {
    let scope = cx.scope::<Image>();
    let shared = [cx.caller.account.as_str(), EVERYBODY].into_iter();
    shared
        .flat_map(|with| cx.view.find::<Image>(BY_LAUNCH_PERMISSION, with))
        .filter(move |image| image.key.scope() == scope && image.key.account() != cx.caller.account)
}

/// Gives and takes permissions of the caller's image `id`. What is both given and taken is taken.
pub(super) fn change(
    id: &str,
    add: Vec<LaunchPermission>,
    remove: &[LaunchPermission],
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let image = require_own(id, cx)?;
    let mut permissions = image.launch_permissions.clone();
    permissions.extend(add);
    permissions.retain(|permission| !remove.contains(permission));
    permissions.sort();
    permissions.dedup();
    if permissions.len() > MAX_PERMISSIONS {
        return Err(errors::too_many_launch_permissions(id, MAX_PERMISSIONS));
    }
    if permissions != image.launch_permissions {
        let image = Image { launch_permissions: permissions, ..image.clone() };
        let shared: Vec<&str> = image.launch_permissions.iter().map(LaunchPermission::as_str).collect();
        let message = match shared.as_slice() {
            [] => "the image is its owner's alone".to_owned(),
            shared => format!("the image may be launched by {}", shared.join(", ")),
        };
        cx.event(Image::KIND, id, "Shared", message);
        cx.put(id, image);
    }
    Ok(())
}
