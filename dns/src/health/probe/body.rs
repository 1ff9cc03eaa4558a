//! Looking for a string in the start of a body (rule 11): first out of its frames, then decompressed, then searched.

use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};
use std::io::{self, Write};
use tokio::io::{AsyncRead, AsyncReadExt};

/// How much of the body, decompressed, is searched.
pub(super) const SEARCHED: usize = 5_120;
/// How much of it is read at most: a body may be compressed in a way that says little with much.
const READ: usize = 65_536;
/// Decompressed in pieces of this size, each of which says at most a thousand times as much.
const PIECE: usize = 256;
/// A line with the size of a chunk, its extensions included.
const CHUNK_LINE: usize = 1_024;

/// Why a body cannot be searched.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the connection broke: {}", .0.kind())]
    Broken(io::Error),
    #[error("the chunks of the body are malformed")]
    Chunks,
    #[error("the body cannot be decompressed")]
    Compression,
}

/// Where a body ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Framing {
    /// With the connection.
    Close,
    /// After so many more octets.
    Length(u64),
    /// After the last chunk.
    Chunked(Chunk),
}

/// Where in a chunked body we are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Chunk {
    /// In the line before a chunk, of which this was read.
    Size(Vec<u8>),
    /// So many octets before the end of a chunk.
    Data(u64),
    /// In the line end behind a chunk.
    End,
    /// Behind the last one.
    Done,
}

impl Framing {
    /// By the values of `Transfer-Encoding` and `Content-Length` (RFC 7230 section 3.3.3).
    pub(super) fn of(codings: &[&[u8]], lengths: &[&[u8]]) -> Result<Self, &'static str> {
        if let Some(last) = codings.last() {
            let last = last.rsplit(|octet| *octet == b',').next().unwrap_or_default();
            let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            return Ok(if chunked { Self::Chunked(Chunk::Size(Vec::new())) } else { Self::Close });
        }
        let mut lengths = lengths.iter().flat_map(|value| value.split(|octet| *octet == b',')).map(length);
        let Some(first) = lengths.next() else { return Ok(Self::Close) };
        let all_alike = first.is_some() && lengths.all(|other| other == first);
        first.filter(|_| all_alike).map(Self::Length).ok_or("invalid content length")
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunk::Done))
    }

    /// The next piece of the body in `input`, which moves on; `None` when it holds nothing more of it.
    fn piece<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<&'i [u8]>, BodyError> {
        match self {
            Self::Close => Ok((!input.is_empty()).then(|| std::mem::take(input))),
            Self::Length(left) => Ok(some(left, input)),
            Self::Chunked(chunk) => chunk.piece(input),
        }
    }
}

impl Chunk {
    fn piece<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<&'i [u8]>, BodyError> {
        loop {
            match self {
                Self::Size(line) => {
                    let Some(octet) = input.split_off_first() else { return Ok(None) };
                    match octet {
                        b'\n' => *self = Self::after(line)?,
                        _ if line.len() >= CHUNK_LINE => return Err(BodyError::Chunks),
                        octet => line.push(*octet),
                    }
                }
                Self::Data(0) => *self = Self::End,
                Self::Data(left) => return Ok(some(left, input)),
                Self::End => match input.split_off_first() {
                    None => return Ok(None),
                    Some(b'\r') => {}
                    Some(b'\n') => *self = Self::Size(Vec::new()),
                    Some(_) => return Err(BodyError::Chunks),
                },
                Self::Done => return Ok(None),
            }
        }
    }

    /// Behind the line with a chunk's size.
    fn after(line: &[u8]) -> Result<Self, BodyError> {
        let size = line.split(|octet| *octet == b';').next().unwrap_or_default().trim_ascii();
        let plain = (1..=16).contains(&size.len()) && size.iter().all(u8::is_ascii_hexdigit);
        let text = std::str::from_utf8(size).ok().filter(|_| plain).ok_or(BodyError::Chunks)?;
        match u64::from_str_radix(text, 16).map_err(|_| BodyError::Chunks)? {
            0 => Ok(Self::Done),
            size => Ok(Self::Data(size)),
        }
    }
}

/// Up to `left` octets of the input.
fn some<'i>(left: &mut u64, input: &mut &'i [u8]) -> Option<&'i [u8]> {
    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    let (piece, rest) = input.split_at(most);
    *input = rest;
    *left -= most as u64;
    (!piece.is_empty()).then_some(piece)
}

fn length(value: &[u8]) -> Option<u64> {
    let value = value.trim_ascii();
    let plain = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| plain)?.parse().ok()
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Coding {
    /// Not, or in a way that is searched as it comes.
    Plain,
    Gzip,
    Deflate,
}

impl Coding {
    /// By the values of `Content-Encoding`.
    pub(super) fn of(values: &[&[u8]]) -> Self {
        match values {
            [value] => match value.trim_ascii().to_ascii_lowercase().as_slice() {
                b"gzip" | b"x-gzip" => Self::Gzip,
                b"deflate" => Self::Deflate,
                _ => Self::Plain,
            },
            _ => Self::Plain,
        }
    }
}

/// The start of the body as it is searched; more is let go.
#[derive(Debug, Default)]
struct Start(Vec<u8>);

impl Write for Start {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let room = SEARCHED.saturating_sub(self.0.len()).min(octets.len());
        self.0.extend_from_slice(&octets[..room]);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Plain(Start),
    Gzip(Box<GzDecoder<Start>>),
    /// Deflate, of which not even enough came to tell its two kinds apart.
    Unknown(Vec<u8>, Start),
    /// What the name means by its RFC.
    Zlib(Box<ZlibDecoder<Start>>),
    /// What some servers send instead.
    Raw(Box<DeflateDecoder<Start>>),
}

impl Decoder {
    fn new(coding: Coding) -> Self {
        match coding {
            Coding::Plain => Self::Plain(Start::default()),
            Coding::Gzip => Self::Gzip(Box::new(GzDecoder::new(Start::default()))),
            Coding::Deflate => Self::Unknown(Vec::new(), Start::default()),
        }
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), BodyError> {
        if let Self::Unknown(seen, _) = self {
            seen.extend_from_slice(piece);
            if seen.len() < 2 {
                return Ok(());
            }
            let seen = std::mem::take(seen);
            *self = Self::by_header([seen[0], seen[1]]);
            return self.decompress(&seen);
        }
        self.decompress(piece)
    }

    /// A zlib header says deflate in its low half octet and is a multiple of 31 (RFC 1950).
    fn by_header(header: [u8; 2]) -> Self {
        match header[0] & 0x0f == 8 && u16::from_be_bytes(header).is_multiple_of(31) {
            true => Self::Zlib(Box::new(ZlibDecoder::new(Start::default()))),
            false => Self::Raw(Box::new(DeflateDecoder::new(Start::default()))),
        }
    }

    fn decompress(&mut self, piece: &[u8]) -> Result<(), BodyError> {
        for piece in piece.chunks(PIECE) {
            if self.start().0.len() >= SEARCHED {
                return Ok(());
            }
            let written = match self {
                Self::Plain(start) => start.write_all(piece),
                Self::Gzip(decoder) => write_some(decoder, piece),
                Self::Zlib(decoder) => write_some(decoder, piece),
                Self::Raw(decoder) => write_some(decoder, piece),
                Self::Unknown(..) => Ok(()),
            };
            written.map_err(|_| BodyError::Compression)?;
        }
        Ok(())
    }

    fn start(&self) -> &Start {
        match self {
            Self::Plain(start) | Self::Unknown(_, start) => start,
            Self::Gzip(decoder) => decoder.get_ref(),
            Self::Zlib(decoder) => decoder.get_ref(),
            Self::Raw(decoder) => decoder.get_ref(),
        }
    }
}

/// What comes behind the end of the compressed data is nothing.
fn write_some(decoder: &mut impl Write, mut piece: &[u8]) -> io::Result<()> {
    while !piece.is_empty() {
        match decoder.write(piece)? {
            0 => return Ok(()),
            taken => piece = &piece[taken..],
        }
    }
    decoder.flush()
}

/// Whether `needle` lies within the first [`SEARCHED`] octets of the body. Reads no further than to know.
pub(super) async fn search<S: AsyncRead + Unpin>(
    stream: &mut S,
    mut framing: Framing,
    coding: Coding,
    rest: &[u8],
    needle: &[u8],
) -> Result<bool, BodyError> {
    let mut decoder = Decoder::new(coding);
    let (mut buffer, mut read, mut searched) = (rest.to_vec(), rest.len(), 0);
    loop {
        let mut input = buffer.as_slice();
        while let Some(piece) = framing.piece(&mut input)? {
            decoder.take(piece)?;
        }
        let start = &decoder.start().0;
        let from = usize::saturating_sub(searched, needle.len());
        if needle.is_empty() || start[from..].windows(needle.len()).any(|window| window == needle) {
            return Ok(true);
        }
        searched = start.len();
        if searched >= SEARCHED || read >= READ || framing.is_done() {
            return Ok(false);
        }
        buffer.clear();
        buffer.reserve(4_096);
        match stream.read_buf(&mut buffer).await {
            // Who closes without a farewell of TLS has closed.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(BodyError::Broken(error)),
            Ok(0) => return Ok(false),
            Ok(more) => read += more,
        }
    }
}

#[cfg(test)]
mod tests;
