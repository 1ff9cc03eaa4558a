use super::forms;
use super::openssh::PublicKey;
use super::types::{KeyPair, find_by_name};
use crate::errors;
use crate::resource;
use crate::tag::{self, Tags};
use controlplane_services_kernel::{Context, ServiceError};

const MAX_NAME: usize = 255;

/// A name nobody has yet.
pub(super) fn new_name(name: &str, cx: &Context) -> Result<(), ServiceError> {
    let printable = name.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if name.is_empty() || name.len() > MAX_NAME || !printable || name.trim() != name {
        return Err(errors::invalid_value(
            name,
            "KeyName",
            "It must have 1 to 255 printable ASCII characters.",
        ));
    }
    if find_by_name(name, cx).is_some() {
        return Err(errors::key_pair_exists(name));
    }
    Ok(())
}

/// Reads what a caller imports.
pub(super) fn material(bytes: &[u8]) -> Result<PublicKey, ServiceError> {
    const MAX_MATERIAL: usize = 2048;
    if bytes.len() > MAX_MATERIAL {
        return Err(errors::key_material_too_long(MAX_MATERIAL));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| errors::not_a_public_key())?;
    forms::parse(text).ok_or_else(errors::not_a_public_key)
}

/// Stores a key under a name that was checked.
pub(super) fn store(
    name: &str,
    key: &PublicKey,
    tags: &Tags,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let id = cx.new_id(errors::KEY_PAIR.prefix);
    let record = KeyPair {
        name: name.to_owned(),
        key_type: key.key_type,
        public_key: key.line(name),
        fingerprint: key.fingerprint().to_owned(),
        created_at: cx.now,
    };
    cx.put(&id, record);
    tag::add(&errors::KEY_PAIR, &id, tags, cx)?;
    Ok(id)
}

/// Removes a key pair. Instances keep what they were started with.
pub(super) fn remove(id: &str, cx: &mut Context) {
    resource::delete::<KeyPair>(id, cx);
}
