//! The body as it was before it was coded for the wire.
//!
//! SDKs compress the bodies of a few operations with gzip, and those of S3 send theirs in pieces ([`crate::chunked`]). The signature
//! is over what was sent, so this comes after it. What a body grows to is bounded like any body, while it grows: a bomb costs
//! its sender a request and us the room of one.

use crate::chunked::{AWS_CHUNKED, Chunked};
use crate::error::WireError;
use crate::model::Service;
use crate::{checksum, limits};
use flate2::bufread::GzDecoder;
use http::header::CONTENT_ENCODING;
use http::request::Parts;
use std::borrow::Cow;
use std::io::Read;

/// How many bytes there are without what is between the pieces.
const DECODED_LENGTH: &str = "x-amz-decoded-content-length";
/// The names of what comes behind the pieces.
const TRAILER: &str = "x-amz-trailer";

/// The body of a request to `service`, without its codings; others than those it takes are refused by name.
pub fn plain_body<'b>(service: &Service, parts: &Parts, body: &'b [u8]) -> Result<Cow<'b, [u8]>, WireError> {
    let mut headers = parts.headers.get_all(CONTENT_ENCODING).iter();
    let given = headers.next().map_or("", |value| value.to_str().unwrap_or("?"));
    if headers.next().is_some() {
        return Err(WireError::Malformed("there is more than one content encoding".to_owned()));
    }
    let refused = || {
        let given = limits::echo(given);
        WireError::Malformed(format!("the content encoding {given} is not served, only gzip is"))
    };
    // The last one was applied last.
    let (inner, outer) = given.rsplit_once(',').unwrap_or(("", given));
    let (coding, body) = match outer.trim().eq_ignore_ascii_case(AWS_CHUNKED) {
        true if service.takes_chunks() => (inner.trim(), Cow::Owned(joined(parts, body)?)),
        true => return Err(refused()),
        false => (given, Cow::Borrowed(body)),
    };
    match coding {
        "" | "identity" => Ok(body),
        coding if coding.eq_ignore_ascii_case("gzip") => inflate(&body).map(Cow::Owned),
        _ => Err(refused()),
    }
}

/// What the pieces hold, if it is as long as was said and has the checksum that was.
fn joined(parts: &Parts, body: &[u8]) -> Result<Vec<u8>, WireError> {
    let malformed = |what: String| WireError::Malformed(what);
    let text = |name| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let chunked = Chunked::parse(body)?;
    let data = chunked.data();
    if text(DECODED_LENGTH) != Some(&*data.len().to_string()) {
        return Err(malformed(format!("{DECODED_LENGTH} is not the body's length, {}", data.len())));
    }
    let announced: Vec<&str> =
        text(TRAILER).map(|names| names.split(',').map(str::trim).collect()).unwrap_or_default();
    let is_announced = announced.len() == chunked.trailers.len()
        && announced.iter().zip(&chunked.trailers).all(|(name, (sent, _))| name.eq_ignore_ascii_case(sent));
    if !is_announced {
        return Err(malformed(format!("{TRAILER} does not name what is behind the body")));
    }
    for (name, claim) in &chunked.trailers {
        match checksum::of(name, &data) {
            Some(found) if found == *claim => {}
            Some(_) => return Err(malformed(format!("{} does not match the body", limits::echo(name)))),
            None => return Err(malformed(format!("{} is not served as a trailer", limits::echo(name)))),
        }
    }
    Ok(data)
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
    use crate::model::{by_name, load};
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
        plain_body(by_name("ec2").unwrap(), &parts, body).map(Cow::into_owned)
    }

    /// A service of no one's that takes pieces.
    fn store() -> Service {
        let model = r#"{"apiVersion": "2026-01-01", "endpointPrefix": "store", "protocol": "rest-xml", "signingName": "store",
            "operations": {}, "others": {}, "errors": {}, "shapes": {}}"#;
        load("store", model, r#"{"neutral": {}, "chunkedBodies": true}"#).unwrap().0
    }

    fn stored(headers: &[(&str, &str)], body: &[u8]) -> Result<Vec<u8>, WireError> {
        let request = headers
            .iter()
            .fold(http::Request::put("/"), |request, (name, value)| request.header(*name, *value));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        plain_body(&store(), &parts, body).map(Cow::into_owned)
    }

    /// What botocore's `AwsChunkedWrapper` makes of "hello world" in pieces of eight bytes.
    const PIECES: &[u8] = b"8\r\nhello wo\r\n3\r\nrld\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
    const CODING: (&str, &str) = ("content-encoding", "aws-chunked");
    const LENGTH: (&str, &str) = ("x-amz-decoded-content-length", "11");
    const NAMES: (&str, &str) = ("x-amz-trailer", "x-amz-checksum-crc32");

    #[test]
    fn pieces_are_joined() {
        assert_eq!(stored(&[CODING, LENGTH, NAMES], PIECES).unwrap(), b"hello world");
        let plain = stored(
            &[("content-encoding", "AWS-CHUNKED"), ("x-amz-decoded-content-length", "0")],
            b"0\r\n\r\n",
        );
        assert_eq!(plain.unwrap(), b"");
        let inner = gzip(b"Action=x");
        let pieces = [format!("{:x}\r\n", inner.len()).as_bytes(), &inner, b"\r\n0\r\n\r\n"].concat();
        let length = inner.len().to_string();
        let both = stored(&[("content-encoding", "gzip,aws-chunked"), (LENGTH.0, &length)], &pieces);
        assert_eq!(both.unwrap(), b"Action=x");
    }

    #[test]
    fn pieces_that_are_not_what_was_said_are_refused() {
        let other_sum = String::from_utf8_lossy(PIECES).replace("DUoR", "DUoS");
        let other_name = String::from_utf8_lossy(PIECES).replace("crc32", "md5");
        for (headers, body, message) in [
            (&[CODING, NAMES][..], PIECES, "decoded-content-length"),
            (&[CODING, (LENGTH.0, "12"), NAMES], PIECES, "the body's length, 11"),
            (&[CODING, LENGTH], PIECES, "does not name"),
            (&[CODING, LENGTH, (NAMES.0, "x-amz-checksum-sha1")], PIECES, "does not name"),
            (&[CODING, LENGTH, NAMES], other_sum.as_bytes(), "does not match the body"),
            (
                &[CODING, LENGTH, (NAMES.0, "x-amz-checksum-md5")],
                other_name.as_bytes(),
                "not served as a trailer",
            ),
            (&[CODING, LENGTH, NAMES], b"hello world", "does not end"),
            (&[("content-encoding", "aws-chunked, aws-chunked"), LENGTH, NAMES], PIECES, "not served"),
            (&[("content-encoding", "br,aws-chunked"), LENGTH, NAMES], PIECES, "not served"),
        ] {
            let error = stored(headers, body).expect_err(message).to_string();
            assert!(error.contains(message), "{headers:?}: {error}");
        }
        assert!(read(&["aws-chunked"], PIECES).unwrap_err().to_string().contains("not served"));
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
