//! Plain or gzip, by the first bytes; and a count of what comes out.

use super::ArchiveError;
use flate2::read::MultiGzDecoder;
use std::io::{self, Read};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTANDARD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const XZ: [u8; 4] = [0xfd, b'7', b'z', b'X'];
const BZIP2: [u8; 3] = *b"BZh";

/// The uncompressed bytes of a source, at most as many as allowed. So a few kilobytes that unpack to terabytes end as
/// an error, wherever in the archive they hide: in a file, a name or an extended header.
pub struct Stream<R: Read> {
    source: Source<R>,
    left: u64,
    limit: u64,
}

enum Source<R: Read> {
    Plain(io::Chain<io::Cursor<Vec<u8>>, R>),
    Gzip(Box<MultiGzDecoder<io::Chain<io::Cursor<Vec<u8>>, R>>>),
}

impl<R: Read> Stream<R> {
    /// Looks at the first bytes of `source`.
    pub fn open(mut source: R, limit: u64) -> Result<Self, ArchiveError> {
        let mut start = Vec::new();
        source.by_ref().take(4).read_to_end(&mut start)?;
        if start == ZSTANDARD || start == XZ || start.starts_with(&BZIP2) {
            return Err(ArchiveError::Malformed(
                "compression: only gzip is read; compress with gzip or not at all".into(),
            ));
        }
        let gzip = start.starts_with(&GZIP);
        let whole = io::Cursor::new(start).chain(source);
        let source =
            if gzip { Source::Gzip(Box::new(MultiGzDecoder::new(whole))) } else { Source::Plain(whole) };
        Ok(Self { source, left: limit, limit })
    }

    /// True if the source is compressed.
    pub fn is_compressed(&self) -> bool {
        matches!(self.source, Source::Gzip(_))
    }
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.source {
            Source::Plain(source) => source.read(buffer)?,
            Source::Gzip(source) => source.read(buffer)?,
        };
        if n as u64 >= self.left {
            self.left = 0;
            let text = format!("more than {} bytes after decompression", self.limit);
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        self.left -= n as u64;
        Ok(n)
    }
}
