//! Keys of OpenID Connect providers: fetched from the providers themselves, kept for a while, and never from anywhere else.
//!
//! `sts:AssumeRoleWithWebIdentity` is the one action that whoever reaches the AWS port may ask for, and it makes the server call
//! somebody. So:
//!
//! - Only providers that an account has registered are called; a token's word for its issuer chooses among these.
//! - Whom one calls is checked by the very address that is connected to, after names were resolved: never link-local ones (the
//!   metadata services of clouds live there), never loopback ones unless `--loopback-providers` says so. No redirect is
//!   followed. The document that names the place of the keys is the provider's own, and that place is held to the same.
//! - An answer has a size and a time; so many calls are under way at once, one per provider; what was learned, and that a
//!   provider could not be reached, is kept for a while, for so many providers.
//! - What an answer says is never shown to who asked: it learns that there are keys, or one of three words why not.
//!
//! Keys are kept for a quarter of an hour. A token that names a key which is not among them has them fetched again, since
//! providers put new keys up shortly before they sign with them; at most twice a minute, since anybody can name keys.
//!
//! Each server keeps its own: the member that runs the action, which is the leader, is the one that calls.

mod https;
mod trust;

#[cfg(test)]
pub(crate) mod tests;

pub use https::Https;

use bytes::Bytes;
use controlplane_types::{BoxFuture, Runtime};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long keys are good.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// A provider is not asked again sooner, whatever key is named.
const AGAIN: Duration = Duration::from_secs(30);
/// Nor one that did not answer.
const FAILED: Duration = Duration::from_secs(10);
/// Providers that are remembered.
const REMEMBERED: usize = 256;
/// Calls under way at once.
const CALLS: usize = 16;
/// Keys of a provider.
const KEYS_MAX: usize = 100;

/// Where documents come from: the network, or what a test puts there.
pub trait Documents: fmt::Debug + Send + Sync {
    /// The document at a URL (given without `https://`), from a server that everybody vouches for or that shows a certificate
    /// with one of these thumbprints.
    fn get(&self, url: String, thumbprints: Vec<String>) -> BoxFuture<Result<Bytes, Unavailable>>;

    /// SHA-1 of the last certificate that the server of a URL shows.
    fn thumbprint(&self, url: String) -> BoxFuture<Result<String, Unavailable>>;
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Nobody is called there.
    #[error("{0} is no place to ask: {1}")]
    Forbidden(String, &'static str),
    /// Nobody answers, or not in time.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// Nobody knows who answers.
    #[error("{0} shows a certificate that nobody vouches for")]
    Untrusted(String),
    /// The answer is none.
    #[error("{0} gave no usable answer: {1}")]
    Unusable(String, String),
}

impl Unavailable {
    /// What an action learns of it: see `Need::ProviderKeys`.
    fn word(&self) -> &'static str {
        match self {
            Self::Forbidden(..) | Self::Unreachable(..) => "unreachable",
            Self::Untrusted(_) => "untrusted",
            Self::Unusable(..) => "unusable",
        }
    }
}

/// No network at all: nobody can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl Documents for Nowhere {
    fn get(&self, url: String, _: Vec<String>) -> BoxFuture<Result<Bytes, Unavailable>> {
        Box::pin(async move { Err(Unavailable::Unreachable(url, "there is no network".to_owned())) })
    }

    fn thumbprint(&self, url: String) -> BoxFuture<Result<String, Unavailable>> {
        Box::pin(async move { Err(Unavailable::Unreachable(url, "there is no network".to_owned())) })
    }
}

/// A provider, and whom its server may be.
type Name = (String, Vec<String>);

/// What is known of a provider. Whoever asks while it is being asked waits for the same answer.
#[derive(Default)]
struct Slot(tokio::sync::Mutex<Option<Known>>);

struct Known {
    at: Duration,
    keys: Result<Vec<Value>, &'static str>,
}

impl Known {
    /// Whether this answers who wants the key with an id.
    fn serves(&self, key_id: Option<&str>, now: Duration) -> bool {
        let age = now.saturating_sub(self.at);
        match &self.keys {
            Err(_) => age < FAILED,
            Ok(keys) => {
                let has = key_id.is_none_or(|id| keys.iter().any(|key| key["kid"] == id));
                age < if has { FRESH } else { AGAIN }
            }
        }
    }

    fn shown(&self) -> Value {
        match &self.keys {
            Ok(keys) => json!({ "keys": keys }),
            Err(word) => json!({ "error": word }),
        }
    }
}

/// See the module.
pub(crate) struct Providers {
    documents: Arc<dyn Documents>,
    runtime: Arc<dyn Runtime>,
    calls: Semaphore,
    /// With when they were last asked for.
    slots: Mutex<BTreeMap<Name, (Duration, Arc<Slot>)>>,
}

impl Providers {
    pub(crate) fn new(documents: Arc<dyn Documents>, runtime: Arc<dyn Runtime>) -> Self {
        Self { documents, runtime, calls: Semaphore::new(CALLS), slots: Mutex::default() }
    }

    /// The keys of a provider, as `Need::ProviderKeys` says.
    pub(crate) async fn keys(&self, url: &str, thumbprints: &[String], key_id: Option<&str>) -> Value {
        let slot = self.slot((url.to_owned(), thumbprints.to_vec()));
        let mut known = slot.0.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.serves(key_id, self.runtime.monotonic())) {
            return known.shown();
        }
        let keys = self.fetch(url, thumbprints).await.map_err(|error| {
            tracing::warn!(provider = url, %error, "the keys of an identity provider cannot be had");
            error.word()
        });
        known.insert(Known { at: self.runtime.monotonic(), keys }).shown()
    }

    /// As `Need::ProviderThumbprint` says.
    pub(crate) async fn thumbprint(&self, url: &str) -> Value {
        let Ok(_call) = self.calls.acquire().await else { return Value::Null };
        self.documents.thumbprint(url.to_owned()).await.map_or_else(
            |error| {
                tracing::warn!(provider = url, %error, "an identity provider's certificate cannot be had");
                Value::Null
            },
            Value::String,
        )
    }

    fn slot(&self, name: Name) -> Arc<Slot> {
        let now = self.runtime.monotonic();
        // A panic while holding the map leaves it whole: each entry is written at once.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if !slots.contains_key(&name) && slots.len() >= REMEMBERED {
            let oldest = slots.iter().min_by_key(|(_, (asked, _))| *asked).map(|(name, _)| name.clone());
            oldest.map(|oldest| slots.remove(&oldest));
        }
        let (asked, slot) = slots.entry(name).or_default();
        *asked = now;
        slot.clone()
    }

    async fn fetch(&self, url: &str, thumbprints: &[String]) -> Result<Vec<Value>, Unavailable> {
        let closed = |_| Unavailable::Unreachable(url.to_owned(), "the server is stopping".to_owned());
        let _call = self.calls.acquire().await.map_err(closed)?;
        let place = format!("{}/.well-known/openid-configuration", url.trim_end_matches('/'));
        let told = self.document(place, thumbprints).await?;
        let unusable = |what: &str| Unavailable::Unusable(url.to_owned(), what.to_owned());
        if told["issuer"].as_str().and_then(|issuer| issuer.strip_prefix("https://")) != Some(url) {
            return Err(unusable("its configuration is another issuer's"));
        }
        let place = told["jwks_uri"].as_str().and_then(|uri| uri.strip_prefix("https://"));
        let place = place.ok_or_else(|| unusable("its configuration names no https place of its keys"))?;
        let mut found = self.document(place.to_owned(), thumbprints).await?;
        match found["keys"].take() {
            Value::Array(keys) if keys.len() <= KEYS_MAX => Ok(keys),
            Value::Array(_) => Err(unusable("too many keys")),
            _ => Err(unusable("no keys")),
        }
    }

    async fn document(&self, url: String, thumbprints: &[String]) -> Result<Value, Unavailable> {
        let bytes = self.documents.get(url.clone(), thumbprints.to_vec()).await?;
        serde_json::from_slice(&bytes).map_err(|error| Unavailable::Unusable(url, error.to_string()))
    }
}
