//! The forms in which a public key may be imported, which are those AWS takes: the line of an OpenSSH public key file, the
//! file of RFC 4716, and DER in base64, with PEM's lines around it or without.

use super::der::{self, Values};
use super::openssh::PublicKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const RFC4716_BEGIN: &str = "---- BEGIN SSH2 PUBLIC KEY ----";
const RFC4716_END: &str = "---- END SSH2 PUBLIC KEY ----";

/// Reads a key in any of the forms; `None` for any other form, algorithm or length.
pub(super) fn parse(text: &str) -> Option<PublicKey> {
    let text = text.trim();
    if text.starts_with("ssh-") {
        PublicKey::parse_line(text)
    } else if let Some(rest) = text.strip_prefix(RFC4716_BEGIN) {
        PublicKey::parse_blob(&rfc4716(rest)?)
    } else {
        let body = match text.strip_prefix("-----BEGIN ") {
            Some(rest) => pem(rest)?,
            None => text,
        };
        public_key_info(&STANDARD.decode(unwrapped(body.lines())).ok()?)
    }
}

/// What stands between PEM's first and last line.
fn pem(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("PUBLIC KEY-----")?;
    rest.trim_end().strip_suffix("-----END PUBLIC KEY-----")
}

/// The key behind the headers; a header goes on in the next line when it ends with a backslash.
fn rfc4716(rest: &str) -> Option<Vec<u8>> {
    let body = rest.trim_end().strip_suffix(RFC4716_END)?;
    let mut in_header = false;
    let lines = body.lines().filter(|line| {
        let header = in_header || line.contains(':');
        in_header = header && line.ends_with('\\');
        !header
    });
    STANDARD.decode(unwrapped(lines)).ok()
}

fn unwrapped<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    lines.map(str::trim).collect()
}

/// SubjectPublicKeyInfo (RFC 5280).
fn public_key_info(bytes: &[u8]) -> Option<PublicKey> {
    let mut whole = Values(bytes);
    let mut info = Values(whole.next(der::SEQUENCE)?);
    let algorithm = info.next(der::SEQUENCE)?;
    // No bit of the last byte is unused.
    let (0, key) = info.next(der::BIT_STRING)?.split_first().map(|(unused, key)| (*unused, key))? else {
        return None;
    };
    if !whole.is_empty() || !info.is_empty() {
        return None;
    }
    if algorithm == der::ED25519 {
        return PublicKey::imported_ed25519(key);
    }
    if algorithm != der::RSA_ENCRYPTION {
        return None;
    }
    let mut key = Values(key);
    let mut numbers = Values(key.next(der::SEQUENCE)?);
    let (modulus, exponent) = (numbers.next(der::INTEGER)?, numbers.next(der::INTEGER)?);
    (key.is_empty() && numbers.is_empty()).then_some(())?;
    PublicKey::imported_rsa(exponent, modulus)
}
