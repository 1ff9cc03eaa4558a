//! `base64url(version | nonce | sealed text | tag)`.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use controlplane_services_kernel::View;
use controlplane_services_native::AccessKey;
use controlplane_types::AccountId;

/// Of this form; part of what is authenticated.
const VERSION: [u8; 1] = [1];
/// What the keys are for, so that they are nobody else's.
const SEALING: &[u8] = b"hearth authorization message: seal";
const NUMBERING: &[u8] = b"hearth authorization message: nonce";

/// The keys that follow from an account's root key.
struct Keys {
    sealing: LessSafeKey,
    numbering: hmac::Key,
}

impl Keys {
    fn of(account: &AccountId, view: &View) -> Option<Self> {
        let (_, root) = AccessKey::of_account(view, account)?;
        let root = hmac::Key::new(hmac::HMAC_SHA256, root.secret.as_bytes());
        let sealing = UnboundKey::new(&AES_256_GCM, hmac::sign(&root, SEALING).as_ref()).ok()?;
        let numbering = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, NUMBERING).as_ref());
        Some(Self { sealing: LessSafeKey::new(sealing), numbering })
    }
}

pub(super) fn seal(text: &str, account: &AccountId, view: &View) -> Option<String> {
    let keys = Keys::of(account, view)?;
    let mut nonce = [0; NONCE_LEN];
    let number = hmac::sign(&keys.numbering, text.as_bytes());
    nonce.copy_from_slice(number.as_ref().get(..NONCE_LEN)?);
    let mut sealed = text.as_bytes().to_vec();
    let unique = Nonce::assume_unique_for_key(nonce);
    keys.sealing.seal_in_place_append_tag(unique, Aad::from(VERSION), &mut sealed).ok()?;
    Some(URL_SAFE_NO_PAD.encode([&VERSION[..], &nonce, &sealed].concat()))
}

/// `None` for what this account never sealed.
pub(super) fn open(message: &str, account: &AccountId, view: &View) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(message).ok()?;
    let (nonce, sealed) = bytes.strip_prefix(&VERSION)?.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut content = sealed.to_vec();
    let keys = Keys::of(account, view)?;
    let text = keys.sealing.open_in_place(nonce, Aad::from(VERSION), &mut content).ok()?;
    String::from_utf8(text.to_vec()).ok()
}
