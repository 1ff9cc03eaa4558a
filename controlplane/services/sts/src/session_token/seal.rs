//! A token: `base64(version | number of the key | nonce | sealed content | tag)`. What is before the sealed content, and
//! the access key id, are authenticated with it.

use super::{SealingKey, key_id};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_services_kernel::client::Session;
use controlplane_services_kernel::{Context, ServiceError, View};
use controlplane_types::AccountId;
use minicbor::{Decode, Encode};
use std::fmt;

/// Of this form.
const VERSION: u8 = 1;
const HEAD: usize = 1 + 4 + NONCE_LEN;
/// Longer ones are not ours: a policy of 2,048 characters, ten names and fifty tags are far less.
const LONGEST: usize = 64 * 1024;

/// What a token says, once opened.
#[derive(Clone, PartialEq, Encode, Decode)]
pub struct Opened {
    /// What requests with it are signed with.
    #[n(0)]
    pub secret: String,
    /// Of whoever holds it.
    #[n(1)]
    pub account: AccountId,
    /// Who that is.
    #[n(2)]
    pub session: Session,
}

/// Secrets stay out of logs.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is none of this cluster's for this access key, or was changed.
    #[error("not a token of this access key")]
    Invalid,
    /// Sealed with a key that is not here: gone, or not here yet.
    #[error("sealed with an unknown key")]
    UnknownKey,
}

/// New credentials.
pub(crate) struct Issued {
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    pub(crate) token: String,
}

/// Makes credentials for a session.
pub(crate) fn issue(account: AccountId, session: Session, cx: &mut Context) -> Result<Issued, ServiceError> {
    let access_key_id = key_id::new(&account, cx.random());
    let secret = cx.random().hex(32) + &cx.random().hex(8);
    let (number, key) = SealingKey::current(cx);
    let mut nonce = [0; NONCE_LEN];
    cx.random().fill(&mut nonce);
    let head: Vec<u8> = [VERSION].into_iter().chain(number.to_be_bytes()).chain(nonce).collect();
    let failed = || ServiceError::internal("a session cannot be sealed");
    let mut sealed =
        minicbor::to_vec(Opened { secret: secret.clone(), account, session }).map_err(|_| failed())?;
    let aad = Aad::from(bound(&head, &access_key_id));
    let key = cipher(&key).ok_or_else(failed)?;
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
        .map_err(|_| failed())?;
    Ok(Issued { access_key_id, secret, token: STANDARD.encode([head, sealed].concat()) })
}

/// Opens a token that came with `access_key_id`. Whether the session is over is for the reader to ask.
pub fn open(token: &str, access_key_id: &str, view: &View) -> Result<Opened, TokenError> {
    let bytes = Some(token).filter(|token| token.len() <= LONGEST);
    let bytes = bytes.and_then(|token| STANDARD.decode(token).ok()).ok_or(TokenError::Invalid)?;
    let (head, sealed) = bytes.split_at_checked(HEAD).ok_or(TokenError::Invalid)?;
    let (version, rest) = head.split_first().ok_or(TokenError::Invalid)?;
    let (number, nonce) = rest.split_first_chunk::<4>().ok_or(TokenError::Invalid)?;
    if *version != VERSION {
        return Err(TokenError::Invalid);
    }
    let key = SealingKey::find(u32::from_be_bytes(*number), view).ok_or(TokenError::UnknownKey)?;
    let key = cipher(key).ok_or(TokenError::Invalid)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| TokenError::Invalid)?;
    let mut content = sealed.to_vec();
    let aad = Aad::from(bound(head, access_key_id));
    let content = key.open_in_place(nonce, aad, &mut content).map_err(|_| TokenError::Invalid)?;
    minicbor::decode(content).map_err(|_| TokenError::Invalid)
}

fn bound(head: &[u8], access_key_id: &str) -> Vec<u8> {
    [head, access_key_id.as_bytes()].concat()
}

fn cipher(key: &SealingKey) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, &*key.secret).ok().map(LessSafeKey::new)
}
