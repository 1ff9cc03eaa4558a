//! The body as it was before it was compressed for the wire.
//!
//! SDKs compress the bodies of a few operations with gzip. The signature is over what was sent, so this comes after it. What a body
//! grows to is bounded like any body, while it grows: a bomb costs its sender a request and us the room of one.

use crate::error::WireError;
use crate::limits;
use flate2::bufread::GzDecoder;
use http::header::CONTENT_ENCODING;
use http::request::Parts;
use std::borrow::Cow;
use std::io::Read;

/// The body, uncompressed; other encodings than gzip are refused by name.
pub fn plain_body<'b>(parts: &Parts, body: &'b [u8]) -> Result<Cow<'b, [u8]>, WireError> {
    let mut encodings = parts.headers.get_all(CONTENT_ENCODING).iter();
    let first = encodings.next().map(|value| value.to_str().unwrap_or_default());
    match (first, encodings.next()) {
        (None | Some("identity"), None) => Ok(Cow::Borrowed(body)),
        (Some(encoding), None) if encoding.eq_ignore_ascii_case("gzip") => inflate(body).map(Cow::Owned),
        (Some(encoding), None) => Err(WireError::Malformed(format!(
            "the content encoding {} is not served, only gzip is",
            limits::echo(encoding)
        ))),
        (_, Some(_)) => Err(WireError::Malformed("there is more than one content encoding".to_owned())),
    }
}

fn inflate(body: &[u8]) -> Result<Vec<u8>, WireError> {
    let broken = |error: std::io::Error| {
        WireError::Malformed(format!("the body is not gzip: {}", limits::echo(&error.to_string())))
    };
    let most = limits::BODY as u64 + 1;
    let (mut plain, mut rest) = (Vec::new(), body);
    GzDecoder::new(&mut rest).take(most).read_to_end(&mut plain).map_err(broken)?;
    if plain.len() > limits::BODY {
        return Err(WireError::Limit { what: "bytes in its uncompressed body", limit: limits::BODY });
    }
    // One reader would stop here where another goes on.
    match rest.is_empty() {
        true => Ok(plain),
        false => Err(WireError::Malformed("there is more after the compressed body".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn read(encodings: &[&str], body: &[u8]) -> Result<Vec<u8>, WireError> {
        let mut request = http::Request::post("/");
        for encoding in encodings {
            request = request.header("content-encoding", *encoding);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        plain_body(&parts, body).map(Cow::into_owned)
    }

    #[test]
    fn bodies_come_back_as_they_were() {
        for (encodings, body) in [
            (&[][..], b"Action=x".to_vec()),
            (&["identity"], b"Action=x".to_vec()),
            (&["gzip"], gzip(b"Action=x")),
            (&["GZIP"], gzip(b"Action=x")),
        ] {
            assert_eq!(read(encodings, &body).unwrap(), b"Action=x", "{encodings:?}");
        }
        assert_eq!(read(&["gzip"], &gzip(&vec![b'a'; limits::BODY])).unwrap().len(), limits::BODY);
    }

    #[test]
    fn what_is_not_one_bounded_body_is_refused() {
        let good = gzip(b"Action=x");
        let bomb = gzip(&vec![0; limits::BODY + 1]);
        assert!(bomb.len() < 2_000);
        let twice = [good.clone(), good.clone()].concat();
        let mut wrong_sum = good.clone();
        wrong_sum[good.len() - 6] ^= 1;
        for (encodings, body, message) in [
            (&["gzip"][..], &bomb[..], "uncompressed body beyond the limit"),
            (&["gzip"], &twice, "after the compressed body"),
            (&["gzip"], &good[..good.len() - 1], "not gzip"),
            (&["gzip"], &wrong_sum, "not gzip"),
            (&["gzip"], b"Action=x", "not gzip"),
            (&["gzip"], b"", "not gzip"),
            (&["br"], b"", "br is not served"),
            (&["gzip, gzip"], &good, "not served"),
            (&["gzip", "gzip"], &good, "more than one"),
        ] {
            let error = read(encodings, body).unwrap_err().to_string();
            assert!(error.contains(message), "{encodings:?}: {error}");
        }
    }
}
