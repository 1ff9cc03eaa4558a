//! A manifest imports a public key under the document's name; the private half never passes through here.

use super::types::{KeyPair, find_by_name};
use super::validate;
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// Spec of a `key_pair` manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyPairSpec {
    /// The line of a public key file.
    pub public_key_material: String,
    /// Tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Declarative for KeyPair {
    type Spec = KeyPairSpec;

    fn create(name: &str, spec: KeyPairSpec, cx: &mut Context) -> Result<String, ServiceError> {
        validate::new_name(name, cx)?;
        let key = validate::material(spec.public_key_material.as_bytes())?;
        tag::check(&spec.tags)?;
        validate::store(name, &key, &spec.tags, cx)
    }

    fn update(id: &str, old: KeyPairSpec, new: KeyPairSpec, cx: &mut Context) -> Result<(), ServiceError> {
        if old.public_key_material != new.public_key_material {
            return Err(errors::immutable("publicKeyMaterial"));
        }
        tag::redeclare(&errors::KEY_PAIR, id, &old.tags, &new.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        require::<KeyPair>(id, cx)?;
        validate::remove(id, cx);
        Ok(Deletion::Done)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        find_by_name(name, reader).map(|found| found.key.id().to_owned())
    }
}
