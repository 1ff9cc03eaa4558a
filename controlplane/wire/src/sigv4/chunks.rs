//! Bodies in pieces that were not hashed before they were sent: the header is signed with a word in the hash's place, and each piece
//! with the signature before it, so that none can be changed, left out or moved.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use super::authorization::Scope;
use super::{ALGORITHM, SignatureError, canonical};
use crate::chunked::Chunked;
use aws_lc_rs::hmac;

/// How the pieces of a body are proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Streaming {
    /// Each is signed.
    Signed,
    /// Each is signed, and so are the trailers.
    SignedTrailer,
    /// None is: a checksum in the trailers is all there is, beside TLS.
    UnsignedTrailer,
}

impl Streaming {
    /// What `x-amz-content-sha256` says in the place of a hash.
    pub(super) fn claimed(text: &str) -> Option<Self> {
        Some(match text {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Self::Signed,
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Self::SignedTrailer,
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Self::UnsignedTrailer,
            _ => return None,
        })
    }
}

/// What the signatures of pieces are made with.
pub(super) struct Chain<'r> {
    pub(super) key: &'r hmac::Key,
    pub(super) date: &'r str,
    pub(super) scope: &'r Scope,
    /// The request's own signature.
    pub(super) seed: &'r [u8],
}

/// Checks every signature of a body, in its order.
pub(super) fn verify(how: Streaming, chain: &Chain<'_>, body: &[u8]) -> Result<(), SignatureError> {
    let chunked = Chunked::parse(body).map_err(|error| SignatureError::Incomplete(error.to_string()))?;
    let has_signatures =
        chunked.trailer_signature.is_some() || chunked.chunks.iter().any(|chunk| chunk.signature.is_some());
    if how == Streaming::UnsignedTrailer {
        // A signature that nobody looks at is a claim that nobody checks.
        return if has_signatures { Err(SignatureError::Payload) } else { Ok(()) };
    }
    let mut before = canonical::hex(chain.seed);
    for chunk in &chunked.chunks {
        let hashes = format!("{}\n{}", canonical::sha256(b""), canonical::sha256(chunk.data));
        before = chain.check("PAYLOAD", &before, &hashes, chunk.signature)?;
    }
    match (how, chunked.trailers.is_empty(), chunked.trailer_signature) {
        (Streaming::SignedTrailer, _, signature) => {
            let lines = chunked
                .trailers
                .iter()
                .map(|(name, value)| format!("{}:{value}\n", name.to_ascii_lowercase()));
            let hash = canonical::sha256(lines.collect::<String>().as_bytes());
            chain.check("TRAILER", &before, &hash, signature).map(drop)
        }
        (_, true, None) => Ok(()),
        _ => Err(SignatureError::Payload),
    }
}

impl Chain<'_> {
    /// Holds a signature against what it is to be made over; the same signature then is what the next one builds on.
    fn check(
        &self,
        what: &str,
        before: &str,
        hashes: &str,
        signature: Option<&str>,
    ) -> Result<String, SignatureError> {
        let text = format!("{ALGORITHM}-{what}\n{}\n{}\n{before}\n{hashes}", self.date, self.scope.suffix());
        let given = signature.ok_or(SignatureError::Payload)?;
        let bytes = super::authorization::unhex(given)?;
        hmac::verify(self.key, text.as_bytes(), &bytes).map_err(|_| SignatureError::Mismatch)?;
        Ok(given.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    /// The figures of AWS's page.
    const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    const PIECES: [(usize, &str); 3] = [
        (65_536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ];

    fn check(how: Streaming, seed: &str, body: &[u8]) -> Result<(), SignatureError> {
        let scope = Scope {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            date: "20130524".into(),
            region: "us-east-1".into(),
            service: "s3".into(),
            terminator: "aws4_request".into(),
        };
        let key = canonical::signing_key(SECRET, &scope);
        let seed = super::super::authorization::unhex(seed).unwrap();
        verify(how, &Chain { key: &key, date: "20130524T000000Z", scope: &scope, seed: &seed }, body)
    }

    fn body(pieces: &[(usize, &str)]) -> Vec<u8> {
        let mut body = Vec::new();
        for (length, signature) in pieces {
            body.extend(format!("{length:x};chunk-signature={signature}\r\n").into_bytes());
            body.extend(vec![b'a'; *length]);
            body.extend(b"\r\n");
        }
        body
    }

    #[test]
    fn the_published_body_is_verified() {
        assert_eq!(check(Streaming::Signed, SEED, &body(&PIECES)), Ok(()));
    }

    #[test]
    fn no_piece_can_be_changed_left_out_or_moved() {
        let whole = body(&PIECES);
        let mut changed = whole.clone();
        changed[200] = b'b';
        let other_seed = SEED.replace('4', "5");
        let [first, second, last] = PIECES;
        for (what, seed, body, expected) in [
            ("another request's", &*other_seed, whole.clone(), SignatureError::Mismatch),
            ("changed", SEED, changed, SignatureError::Mismatch),
            ("without the first", SEED, body(&[second, last]), SignatureError::Mismatch),
            ("without the second", SEED, body(&[first, last]), SignatureError::Mismatch),
            ("moved", SEED, body(&[second, first, last]), SignatureError::Mismatch),
            ("twice", SEED, body(&[first, first, second, last]), SignatureError::Mismatch),
        ] {
            assert_eq!(check(Streaming::Signed, seed, &body), Err(expected), "{what}");
        }
        let unsigned = b"3\r\nabc\r\n0\r\n\r\n";
        assert_eq!(check(Streaming::Signed, SEED, unsigned), Err(SignatureError::Payload));
        assert!(matches!(check(Streaming::Signed, SEED, &whole[..900]), Err(SignatureError::Incomplete(_))));
    }

    /// The signature is Python's `hmac` over the string that AWS's page gives, behind the pieces above.
    #[test]
    fn trailers_are_signed_where_it_says_so() {
        let end = |trailers: &str| {
            let mut whole = body(&PIECES);
            whole.truncate(whole.len() - 2);
            [&whole, trailers.as_bytes(), b"\r\n"].concat()
        };
        let trailer = "x-amz-checksum-crc32c:sOO8/Q==\r\n";
        let signed = format!(
            "{trailer}x-amz-trailer-signature:838d1eeafd0ec086f3e98ef47cfb73e3cf6fea3c489e22a61089fa643e8b4b61\r\n"
        );
        assert_eq!(check(Streaming::SignedTrailer, SEED, &end(&signed)), Ok(()));
        let changed = signed.replace("sOO8", "sOO9");
        assert_eq!(check(Streaming::SignedTrailer, SEED, &end(&changed)), Err(SignatureError::Mismatch));
        for (how, trailers) in [
            (Streaming::SignedTrailer, trailer),
            (Streaming::Signed, trailer),
            (Streaming::Signed, &signed),
            (Streaming::UnsignedTrailer, &signed),
        ] {
            assert_eq!(check(how, SEED, &end(trailers)), Err(SignatureError::Payload), "{how:?} {trailers}");
        }
        let plain = format!("3\r\nabc\r\n0\r\n{trailer}\r\n");
        assert_eq!(check(Streaming::UnsignedTrailer, SEED, plain.as_bytes()), Ok(()));
    }
}
