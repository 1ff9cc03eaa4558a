//! `aws-chunked`: a body in pieces, each of which may be signed, with checksums behind it.
//!
//! S3's clients send large bodies so, because the hash of a whole body would have to be known before its first byte is sent.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
//!
//! Which service takes such bodies is data (`chunkedBodies` in `models/neutral`); all others refuse them, as AWS's do. Here is only
//! what the bytes say: [`crate::sigv4`] holds the pieces against the request's signature, and
//! [`crate::plain_body`] the whole against its length and checksums, both on what was read here.

use crate::error::WireError;
use crate::limits;

/// The name of the coding.
pub(crate) const AWS_CHUNKED: &str = "aws-chunked";
/// The trailer that signs the other trailers.
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";
/// Digits of a piece's length that anybody needs.
const DIGITS: usize = 8;

/// A piece.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunk<'b> {
    /// What it holds; the last one is empty.
    pub(crate) data: &'b [u8],
    /// As it stands there.
    pub(crate) signature: Option<&'b str>,
}

/// A whole body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chunked<'b> {
    pub(crate) chunks: Vec<Chunk<'b>>,
    /// Name and value of what comes behind, as they stand there.
    pub(crate) trailers: Vec<(&'b str, &'b str)>,
    pub(crate) trailer_signature: Option<&'b str>,
}

fn malformed(what: &str) -> WireError {
    WireError::Malformed(format!("invalid {AWS_CHUNKED} body: {what}"))
}

impl<'b> Chunked<'b> {
    /// Reads a body to its end.
    pub(crate) fn parse(body: &'b [u8]) -> Result<Self, WireError> {
        let (chunks, rest) = chunks(body)?;
        let mut found = Self { chunks, trailers: Vec::new(), trailer_signature: None };
        let rest = found.take_trailers(rest)?;
        match rest.is_empty() {
            true => Ok(found),
            false => Err(malformed("there is more behind it")),
        }
    }

    /// What the pieces hold.
    pub(crate) fn data(&self) -> Vec<u8> {
        self.chunks.iter().flat_map(|chunk| chunk.data).copied().collect()
    }

    fn take_trailers(&mut self, mut rest: &'b [u8]) -> Result<&'b [u8], WireError> {
        loop {
            let (line, after) = line(rest)?;
            rest = after;
            if line.is_empty() {
                return Ok(rest);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed("a trailer without a colon"))?;
            let value = value.trim_matches([' ', '\t']);
            // Nothing is signed by what comes behind the signature.
            if self.trailer_signature.is_some() || self.trailers.len() == limits::TRAILERS {
                return Err(malformed("too many trailers"));
            }
            match name.eq_ignore_ascii_case(TRAILER_SIGNATURE) {
                true => self.trailer_signature = Some(value),
                false => self.trailers.push((name, value)),
            }
        }
    }
}

/// All pieces, and what is behind them.
fn chunks(body: &[u8]) -> Result<(Vec<Chunk<'_>>, &[u8]), WireError> {
    let (mut found, mut rest) = (Vec::new(), body);
    loop {
        if found.len() == limits::CHUNKS {
            return Err(WireError::Limit { what: "pieces of its body", limit: limits::CHUNKS });
        }
        let (head, after) = line(rest)?;
        let (length, signature) = read_head(head)?;
        if length == 0 {
            found.push(Chunk { data: b"", signature });
            return Ok((found, after));
        }
        let (data, after) = after.split_at_checked(length).ok_or_else(|| malformed("it ends in a piece"))?;
        found.push(Chunk { data, signature });
        rest = after.strip_prefix(b"\r\n").ok_or_else(|| malformed("a piece is longer than it says"))?;
    }
}

/// A line without its end, and what follows.
fn line(bytes: &[u8]) -> Result<(&str, &[u8]), WireError> {
    let end = bytes.windows(2).take(limits::LINE).position(|pair| pair == b"\r\n");
    let end = end.ok_or_else(|| malformed("a line does not end"))?;
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| malformed("a line is not text"))?;
    Ok((text, &bytes[end + 2..]))
}

/// `10000;chunk-signature=ad80...`, or the length alone.
fn read_head(line: &str) -> Result<(usize, Option<&str>), WireError> {
    let (digits, extension) =
        line.split_once(';').map_or((line, None), |(digits, more)| (digits, Some(more)));
    let is_plain =
        (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let length = usize::from_str_radix(digits, 16).ok().filter(|_| is_plain);
    let length = length.ok_or_else(|| malformed("the length of a piece is not hexadecimal"))?;
    let signature = extension.map(|text| text.strip_prefix("chunk-signature="));
    match signature {
        Some(None) => Err(malformed("a piece has an extension that is no signature")),
        other => Ok((length, other.flatten())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_to_their_end() {
        let body =
            b"3\r\nabc\r\n2;chunk-signature=s1\r\nde\r\n0;chunk-signature=s2\r\nx-amz-checksum-crc32: q \r\n\
            x-amz-trailer-signature:s3\r\n\r\n";
        let found = Chunked::parse(body).unwrap();
        assert_eq!(found.data(), b"abcde");
        let signatures: Vec<_> = found.chunks.iter().map(|chunk| chunk.signature).collect();
        assert_eq!(signatures, [None, Some("s1"), Some("s2")]);
        assert_eq!(
            (&found.trailers[..], found.trailer_signature),
            (&[("x-amz-checksum-crc32", "q")][..], Some("s3"))
        );
        assert!(Chunked::parse(b"0\r\n\r\n").unwrap().data().is_empty());
    }

    #[test]
    fn what_is_no_such_body_is_refused() {
        let many = format!("{}0\r\n\r\n", "1\r\na\r\n".repeat(limits::CHUNKS));
        let trailers = format!("0\r\n{}\r\n", "a:b\r\n".repeat(limits::TRAILERS + 1));
        let line = format!("{}\r\n", "1".repeat(limits::LINE + 1));
        for (body, message) in [
            ("", "does not end"),
            ("0\r\n", "does not end"),
            ("3\r\nab", "ends in a piece"),
            ("1\r\nab\r\n0\r\n\r\n", "longer than it says"),
            ("x\r\n\r\n", "not hexadecimal"),
            ("-1\r\n\r\n", "not hexadecimal"),
            ("+1\r\na\r\n0\r\n\r\n", "not hexadecimal"),
            ("\r\n\r\n", "not hexadecimal"),
            ("fffffffff\r\n\r\n", "not hexadecimal"),
            ("ffffffff\r\n\r\n", "ends in a piece"),
            ("1;name=value\r\na\r\n0\r\n\r\n", "no signature"),
            ("0\r\nname\r\n\r\n", "colon"),
            ("0\r\n\r\nmore", "more behind"),
            ("0\r\nx-amz-trailer-signature:a\r\nb:c\r\n\r\n", "too many trailers"),
            (&trailers, "too many trailers"),
            (&many, "pieces of its body"),
            (&line, "does not end"),
        ] {
            let error = Chunked::parse(body.as_bytes()).expect_err(message).to_string();
            assert!(error.contains(message), "{body:?}: {error}");
        }
    }
}
