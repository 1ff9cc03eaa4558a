//! The search against a body that lies there whole.

use super::*;
use flate2::Compression;
use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::ReadBuf;

/// Hands out its pieces one by one.
struct Pieces(Vec<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(first) = self.0.first_mut() {
            let len = first.len().min(buffer.remaining());
            buffer.put_slice(&first[..len]);
            first.drain(..len);
            if first.is_empty() {
                self.0.remove(0);
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[derive(Clone, Copy, Debug)]
enum Sent {
    Plain,
    Gzip,
    Zlib,
    Raw,
}

fn encoded(body: &[u8], sent: Sent) -> (Coding, Vec<u8>) {
    let level = Compression::default();
    match sent {
        Sent::Plain => (Coding::Plain, body.to_vec()),
        Sent::Gzip => (Coding::Gzip, all(GzEncoder::new(body, level))),
        Sent::Zlib => (Coding::Deflate, all(ZlibEncoder::new(body, level))),
        Sent::Raw => (Coding::Deflate, all(DeflateEncoder::new(body, level))),
    }
}

fn all(mut encoder: impl Read) -> Vec<u8> {
    let mut octets = Vec::new();
    encoder.read_to_end(&mut octets).unwrap();
    octets
}

/// As it goes over the wire, in chunks of these sizes if there are any.
fn framed(octets: &[u8], chunks: &[usize]) -> (Framing, Vec<u8>) {
    let Some(cycle) = (!chunks.is_empty()).then(|| chunks.iter().cycle()) else {
        return (Framing::Length(octets.len() as u64), octets.to_vec());
    };
    let (mut wire, mut rest) = (Vec::new(), octets);
    for size in cycle {
        if rest.is_empty() {
            break;
        }
        let (chunk, more) = rest.split_at((*size).min(rest.len()));
        wire.extend(format!("{:X};a=b\r\n", chunk.len()).into_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
        rest = more;
    }
    wire.extend_from_slice(b"0\r\n\r\n");
    (Framing::Chunked(Chunk::Size(Vec::new())), wire)
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

async fn found(framing: Framing, coding: Coding, wire: &[u8], cut: usize, needle: &[u8]) -> bool {
    let pieces = wire.chunks(cut).map(<[u8]>::to_vec).collect();
    search(&mut Pieces(pieces), framing, coding, b"", needle).await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn rule_12_11_what_is_found_lies_whole_in_the_first_5120_octets(
        seed in any::<u64>(),
        len in 5_000_usize..5_400,
        at in 4_900_usize..5_200,
        sent in prop::sample::select(vec![Sent::Plain, Sent::Gzip, Sent::Zlib, Sent::Raw]),
        chunks in prop::collection::vec(1_usize..2_000, 0..4),
        cut in 1_usize..3_000,
        closed in any::<bool>(),
    ) {
        // Letters of one half of the alphabet, so that the needle of the other half stands where it was put.
        let mut random = crate::random::Random::new(seed);
        let mut body: Vec<u8> = (0..len).map(|_| b'a' + random.below(13) as u8).collect();
        let needle = b"needle-OF-zzzz";
        let end = (at + needle.len()).min(len);
        body.truncate(at.min(len));
        body.extend_from_slice(&needle[..end.saturating_sub(at.min(len)).min(needle.len())]);
        let expected = body[..body.len().min(5_120)].windows(needle.len()).any(|window| window == needle);

        let (coding, octets) = encoded(&body, sent);
        let (mut framing, wire) = framed(&octets, &chunks);
        if closed && chunks.is_empty() {
            framing = Framing::Close;
        }
        let found = wait(found(framing, coding, &wire, cut, needle));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_octets_of_a_body_do_harm(
        wire in prop::collection::vec(any::<u8>(), 0..2_000),
        coding in prop::sample::select(vec![Coding::Plain, Coding::Gzip, Coding::Deflate]),
        chunked in any::<bool>(),
    ) {
        let framing = if chunked { Framing::Chunked(Chunk::Size(Vec::new())) } else { Framing::Close };
        let mut pieces = Pieces(wire.chunks(100).map(<[u8]>::to_vec).collect());
        let _ = wait(search(&mut pieces, framing, coding, b"", b"needle"));
    }
}

/// Says the same for ever.
struct Endless(u8, usize);

impl AsyncRead for Endless {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let octets = vec![self.0; buffer.remaining()];
        self.1 += octets.len();
        buffer.put_slice(&octets);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn no_more_is_read_than_is_searched() {
    let mut endless = Endless(b'x', 0);
    assert!(!search(&mut endless, Framing::Close, Coding::Plain, b"", b"y").await.unwrap());
    assert!(endless.1 < 16_384, "{}", endless.1);
    // The name in a gzip header has no end, so nothing is ever decompressed.
    let mut endless = Endless(b'n', 0);
    let header = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0];
    let found = search(&mut endless, Framing::Close, Coding::Gzip, &header, b"y").await;
    assert!(!matches!(found, Ok(true)) && endless.1 <= READ + 16_384, "{found:?} {}", endless.1);
}

#[tokio::test]
async fn damaged_bodies_are_told() {
    let chunked = || Framing::Chunked(Chunk::Size(Vec::new()));
    for (framing, coding, wire, expected) in [
        (chunked(), Coding::Plain, &b"zz\r\nabc\r\n"[..], "the chunks of the body are malformed"),
        (chunked(), Coding::Plain, b"1\r\nabc", "the chunks of the body are malformed"),
        (chunked(), Coding::Plain, b"FFFFFFFFFFFFFFFFF\r\n", "the chunks of the body are malformed"),
        (Framing::Close, Coding::Gzip, b"this is no gzip", "the body cannot be decompressed"),
        (Framing::Close, Coding::Deflate, b"\x78\x9c\xff\xff\xff\xff", "the body cannot be decompressed"),
    ] {
        let error =
            search(&mut Pieces(vec![wire.to_vec()]), framing, coding, b"", b"needle").await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_body_ends_as_its_headers_say() {
    let chunked = Framing::Chunked(Chunk::Size(Vec::new()));
    for (codings, lengths, expected) in [
        (&[][..], &[][..], Ok(Framing::Close)),
        (&[], &[&b"12"[..]], Ok(Framing::Length(12))),
        (&[], &[&b"12"[..], b"12"], Ok(Framing::Length(12))),
        (&[], &[&b"12, 12"[..]], Ok(Framing::Length(12))),
        (&[], &[&b"12"[..], b"13"], Err("invalid content length")),
        (&[], &[&b"-1"[..]], Err("invalid content length")),
        (&[&b"gzip, Chunked"[..]], &[&b"12"[..]], Ok(chunked)),
        (&[&b"chunked, gzip"[..]], &[], Ok(Framing::Close)),
    ] {
        assert_eq!(Framing::of(codings, lengths), expected, "{codings:?} {lengths:?}");
    }
    assert_eq!(Coding::of(&[b"GZip"]), Coding::Gzip);
    assert_eq!(Coding::of(&[b"deflate"]), Coding::Deflate);
    assert_eq!(Coding::of(&[b"br"]), Coding::Plain);
    assert_eq!(Coding::of(&[b"gzip", b"br"]), Coding::Plain);
}
