//! Plain, gzip or Zstandard, by the first bytes; a count of what comes out, and its digest.

use super::{ArchiveError, Fingerprint};
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::BlockDecodingStrategy;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use std::io::{self, BufRead, BufReader, Read};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTANDARD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const XZ: [u8; 4] = [0xfd, b'7', b'z', b'X'];
const BZIP2: [u8; 3] = *b"BZh";
/// What a Zstandard frame may want to look back at; the most that tools write without being told to.
const MAX_WINDOW: u64 = 128 << 20;

/// The uncompressed bytes of a source, at most as many as allowed. So a few kilobytes that unpack to terabytes end as
/// an error, wherever in the archive they hide: in a file, a name or an extended header.
pub struct Stream<R: Read> {
    source: Source<R>,
    left: u64,
    limit: u64,
    fingerprint: Fingerprint,
}

type Whole<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

enum Source<R: Read> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
    Zstandard(Box<Frames<Whole<R>>>),
}

impl<R: Read> Stream<R> {
    /// Looks at the first bytes of `source`.
    pub fn open(mut source: R, limit: u64) -> Result<Self, ArchiveError> {
        let mut start = Vec::new();
        source.by_ref().take(4).read_to_end(&mut start)?;
        if start == XZ || start.starts_with(&BZIP2) {
            return Err(ArchiveError::Malformed(
                "compression: only gzip and zstd are read; compress with one of them or not at all".into(),
            ));
        }
        let (gzip, zstandard) = (start.starts_with(&GZIP), start == ZSTANDARD);
        let whole = io::Cursor::new(start).chain(source);
        let source = match (gzip, zstandard) {
            (true, _) => Source::Gzip(Box::new(MultiGzDecoder::new(whole))),
            (_, true) => Source::Zstandard(Box::new(Frames::new(whole))),
            _ => Source::Plain(whole),
        };
        Ok(Self { source, left: limit, limit, fingerprint: Fingerprint::default() })
    }

    /// True if the source is compressed.
    pub fn is_compressed(&self) -> bool {
        !matches!(self.source, Source::Plain(_))
    }

    /// The digest of all that was read.
    pub fn fingerprint(self) -> String {
        self.fingerprint.finish().0
    }
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = match &mut self.source {
            Source::Plain(source) => source.read(buffer)?,
            Source::Gzip(source) => source.read(buffer)?,
            Source::Zstandard(source) => source.read(buffer)?,
        };
        if n as u64 >= self.left {
            self.left = 0;
            let text = format!("more than {} bytes after decompression", self.limit);
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        self.left -= n as u64;
        self.fingerprint.update(&buffer[..n]);
        Ok(n)
    }
}

/// Zstandard frames one after another: tools write a layer as many, with notes for themselves in between.
struct Frames<R: Read> {
    decoder: FrameDecoder,
    source: BufReader<R>,
    in_frame: bool,
}

impl<R: Read> Frames<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self { decoder, source: BufReader::new(source), in_frame: false }
    }

    /// Opens the next frame; false at the end of the source.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                    if skipped != u64::from(length) {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame {
                self.in_frame = self.next_frame()?;
                if !self.in_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                let decoded = self.decoder.decode_blocks(&mut self.source, one);
                decoded.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            }
            let n = self.decoder.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            self.check_sum()?;
            self.in_frame = false;
        }
    }
}

impl<R: Read> Frames<R> {
    fn check_sum(&self) -> io::Result<()> {
        match self.decoder.get_checksum_from_data() {
            Some(announced) if self.decoder.get_calculated_checksum() != Some(announced) => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum of a zstd frame is wrong"))
            }
            _ => Ok(()),
        }
    }
}
