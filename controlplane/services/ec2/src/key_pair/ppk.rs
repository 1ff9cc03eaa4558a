//! PuTTY's file of a private key, version 2 ("PuTTY-User-Key-File-2", appendix C of PuTTY's manual), which every PuTTY
//! reads. Not encrypted, as AWS hands it out; the code at its end then tells damage and nothing else.

use super::openssh::field;
use super::pair::wrapped;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const ENCRYPTION: &str = "none";
const LINE: usize = 64;

/// The file of a key whose halves are in PuTTY's forms.
pub(super) fn file(algorithm: &str, comment: &str, public: &[u8], private: &[u8]) -> String {
    let key = digest(&SHA1_FOR_LEGACY_USE_ONLY, b"putty-private-key-file-mac-key");
    let parts = [algorithm.as_bytes(), ENCRYPTION.as_bytes(), comment.as_bytes(), public, private];
    let all: Vec<u8> = parts.into_iter().flat_map(field).collect();
    let code = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_ref()), &all);
    let code: String = code.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "PuTTY-User-Key-File-2: {algorithm}\nEncryption: {ENCRYPTION}\nComment: {comment}\n{}{}Private-MAC: {code}\n",
        block("Public", public),
        block("Private", private),
    )
}

fn block(name: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines = wrapped(&text, LINE);
    format!("{name}-Lines: {}\n{}\n", lines.len(), lines.join("\n"))
}
