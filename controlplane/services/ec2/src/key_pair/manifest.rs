//! A manifest imports a public key under the document's name; the private half never passes through here.

use super::types::{KeyPair, find_by_name};
use super::validate;
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A public key that instances are started with, under the document's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyPairSpec {
    /// The public key, an ED25519 or RSA key as OpenSSH writes it (`ssh-ed25519 AAAA... comment`), as PEM or as DER in base64;
    /// up to 2048 characters. The comment does not count.
    pub public_key_material: String,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Declarative for KeyPair {
    type Spec = KeyPairSpec;
    const IMMUTABLE: &'static [&'static str] = &["publicKeyMaterial"];

    fn canonical(spec: KeyPairSpec) -> Result<KeyPairSpec, ServiceError> {
        let key = validate::material(spec.public_key_material.as_bytes())?;
        Ok(KeyPairSpec { public_key_material: key.line("").trim_end().to_owned(), ..spec })
    }

    fn create(name: &str, spec: KeyPairSpec, cx: &mut Context) -> Result<String, ServiceError> {
        validate::new_name(name, cx)?;
        let key = validate::material(spec.public_key_material.as_bytes())?;
        tag::check(&spec.tags)?;
        validate::store(name, &key, &spec.tags, cx)
    }

    fn update(
        id: &str,
        live: KeyPairSpec,
        wanted: KeyPairSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        tag::redeclare(&errors::KEY_PAIR, id, &live.tags, &wanted.tags, cx)
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
