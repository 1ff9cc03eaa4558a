//! The file: a header, the records in key order, a trailer, each in a frame that is checked when it is read.
//!
//! ```text
//! "hearth snapshot\n"  version: u32
//! frame*   kind: u8 ('H' header, 'R' records, 'E' end)   length: u32   content (CBOR)   check: 8 bytes
//! ```
//!
//! Numbers are big-endian. A check is the beginning of the SHA-256 of everything before it, so a frame that is damaged,
//! missing, doubled or out of place is found where it happens and before its content is used; the last frame carries the
//! whole digest and the number of records. One digest does both: a second checksum per frame was rejected.
//!
//! Encoding and decoding know neither files nor sockets: the server encodes into a stream, the command line checks the
//! same bytes while it writes them, a restore reads them from disk.

use aws_lc_rs::digest::{Context, SHA256};
use controlplane_types::{Revision, Timestamp};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

const MAGIC: &[u8; 16] = b"hearth snapshot\n";
/// The only version there is so far.
const VERSION: u32 = 1;
/// A frame is closed when its records hold this much. With the largest record (3 MiB) it is still one log entry.
pub(crate) const FRAME_BYTES: usize = 256 << 10;
/// What nobody writes, and so what a reader need not hold.
const MAX_FRAME_BYTES: usize = 8 << 20;
/// Kind and length.
const HEAD: usize = 5;
const CHECK: usize = 8;

/// What a snapshot is of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Header {
    /// Name of the cluster it was taken from ([`super::Lineage`]).
    #[n(0)]
    pub cluster: String,
    /// The newest log entry in it.
    #[n(1)]
    pub applied: u64,
    /// The newest revision in it.
    #[n(2)]
    pub revision: Revision,
    /// How many records follow.
    #[n(3)]
    pub records: u64,
    /// When it was taken.
    #[n(4)]
    pub created_at: Timestamp,
    /// The region whose server took it.
    #[n(5)]
    pub region: String,
    /// The time of the newest batch in it; time never goes back, not even by a restore.
    #[n(6)]
    pub now: Timestamp,
    /// The record format a reader has to know.
    #[n(7)]
    pub record_version: u32,
    /// Version of the program that took it.
    #[n(8)]
    pub program: String,
}

/// Key and value, as they lie in the store.
pub type RecordBytes = (String, Vec<u8>);

/// What a snapshot consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Comes first.
    Header(Header),
    /// Some records.
    Records(Vec<RecordBytes>),
    /// Nothing is missing.
    End,
}

/// Why bytes are no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Something else.
    #[error("this is not a snapshot of Hearth")]
    NotASnapshot,
    /// Written by a newer program.
    #[error("the snapshot has format version {0}, this program knows version {VERSION}: use a newer one")]
    Version(u32),
    /// Bytes are not what was written.
    #[error("the snapshot is damaged before byte {at}: {what}")]
    Damaged {
        /// Where it was noticed.
        at: u64,
        /// How.
        what: &'static str,
    },
    /// The end is missing.
    #[error("the snapshot is cut off after byte {0}")]
    Cut(u64),
}

#[derive(Encode, Decode)]
struct Pair {
    #[n(0)]
    key: String,
    #[n(1)]
    value: ByteVec,
}

#[derive(Encode, Decode)]
struct Trailer {
    #[n(0)]
    records: u64,
    #[n(1)]
    sha256: ByteVec,
}

/// Writes snapshots.
pub(crate) struct Encoder {
    digest: Context,
    records: u64,
}

impl Encoder {
    /// The beginning of a snapshot.
    pub(crate) fn begin(header: &Header) -> (Self, Vec<u8>) {
        let mut encoder = Self { digest: Context::new(&SHA256), records: 0 };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_be_bytes());
        encoder.digest.update(&bytes);
        bytes.extend(encoder.frame(b'H', &encoded(header)));
        (encoder, bytes)
    }

    /// The next records.
    pub(crate) fn records(&mut self, records: Vec<RecordBytes>) -> Vec<u8> {
        self.records += records.len() as u64;
        let pairs = records.into_iter().map(|(key, value)| Pair { key, value: value.into() });
        self.frame(b'R', &encoded(&pairs.collect::<Vec<_>>()))
    }

    /// The end.
    pub(crate) fn end(mut self) -> Vec<u8> {
        let sha256 = self.digest.clone().finish().as_ref().to_vec().into();
        self.frame(b'E', &encoded(&Trailer { records: self.records, sha256 }))
    }

    fn frame(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + content.len() + CHECK);
        bytes.push(kind);
        // No record is longer than a log entry, so no frame is longer than 32 bits can say.
        bytes.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(content);
        self.digest.update(&bytes);
        let check = check(&self.digest);
        self.digest.update(&check);
        bytes.extend(check);
        bytes
    }
}

fn encoded<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec cannot fail.
    let written = minicbor::encode(value, &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

fn check(digest: &Context) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest.clone().finish().as_ref()[..CHECK]);
    check
}

/// Reads snapshots that arrive piece by piece.
pub(crate) struct Decoder {
    /// Arrived and not yet read.
    buffer: Vec<u8>,
    /// Bytes read.
    at: u64,
    digest: Context,
    stage: Stage,
    announced: u64,
    records: u64,
    last_key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Magic,
    Header,
    Records,
    Over,
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self {
            buffer: Vec::new(),
            at: 0,
            digest: Context::new(&SHA256),
            stage: Stage::Magic,
            announced: 0,
            records: 0,
            last_key: None,
        }
    }

    /// Takes what has arrived.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame; `None` until more has arrived.
    pub(crate) fn take(&mut self) -> Result<Option<Frame>, FormatError> {
        if self.stage == Stage::Magic && !self.take_magic()? {
            return Ok(None);
        }
        let Some((kind, content)) = self.take_frame()? else { return Ok(None) };
        let frame = match (self.stage, kind) {
            (Stage::Header, b'H') => self.header(&content)?,
            (Stage::Records, b'R') => self.some_records(&content)?,
            (Stage::Records, b'E') => self.end(&content)?,
            _ => return Err(self.damaged("a part that does not belong there")),
        };
        Ok(Some(frame))
    }

    /// Nothing more arrives.
    pub(crate) fn finish(&self) -> Result<(), FormatError> {
        match self.stage {
            Stage::Over if self.buffer.is_empty() => Ok(()),
            Stage::Over => Err(self.damaged("there is something behind the end")),
            Stage::Magic => Err(FormatError::NotASnapshot),
            _ => Err(FormatError::Cut(self.at + self.buffer.len() as u64)),
        }
    }

    fn take_magic(&mut self) -> Result<bool, FormatError> {
        let known = self.buffer.len().min(MAGIC.len());
        if self.buffer[..known] != MAGIC[..known] {
            return Err(FormatError::NotASnapshot);
        }
        let Some(version) = be_u32(&self.buffer, MAGIC.len()) else { return Ok(false) };
        if version != VERSION {
            return Err(FormatError::Version(version));
        }
        self.read(MAGIC.len() + 4);
        self.stage = Stage::Header;
        Ok(true)
    }

    fn take_frame(&mut self) -> Result<Option<(u8, Vec<u8>)>, FormatError> {
        let Some(length) = be_u32(&self.buffer, 1) else { return Ok(None) };
        let length = length as usize;
        if length > MAX_FRAME_BYTES {
            return Err(self.damaged("a part is longer than any that is written"));
        }
        if self.buffer.len() < HEAD + length + CHECK {
            return Ok(None);
        }
        let kind = self.buffer[0];
        let content = self.buffer[HEAD..HEAD + length].to_vec();
        if kind == b'E' {
            self.verify_digest(&content)?;
        }
        self.read(HEAD + length);
        if check(&self.digest) != self.buffer[..CHECK] {
            return Err(self.damaged("a checksum does not match"));
        }
        self.read(CHECK);
        Ok(Some((kind, content)))
    }

    /// The digest in the trailer is of what comes before the trailer.
    fn verify_digest(&self, content: &[u8]) -> Result<(), FormatError> {
        let trailer: Trailer = self.decode(content)?;
        match self.digest.clone().finish().as_ref() == &trailer.sha256[..] {
            true => Ok(()),
            false => Err(self.damaged("the checksum of the whole does not match")),
        }
    }

    fn header(&mut self, content: &[u8]) -> Result<Frame, FormatError> {
        let header: Header = self.decode(content)?;
        self.announced = header.records;
        self.stage = Stage::Records;
        Ok(Frame::Header(header))
    }

    fn some_records(&mut self, content: &[u8]) -> Result<Frame, FormatError> {
        let pairs: Vec<Pair> = self.decode(content)?;
        self.records += pairs.len() as u64;
        for pair in &pairs {
            if self.last_key.as_ref().is_some_and(|last| *last >= pair.key) {
                return Err(self.damaged("keys are not in order"));
            }
            self.last_key = Some(pair.key.clone());
        }
        Ok(Frame::Records(pairs.into_iter().map(|pair| (pair.key, pair.value.into())).collect()))
    }

    fn end(&mut self, content: &[u8]) -> Result<Frame, FormatError> {
        let trailer: Trailer = self.decode(content)?;
        if trailer.records != self.records || self.announced != self.records {
            return Err(self.damaged("records are missing"));
        }
        self.stage = Stage::Over;
        Ok(Frame::End)
    }

    fn decode<T: for<'b> Decode<'b, ()>>(&self, content: &[u8]) -> Result<T, FormatError> {
        minicbor::decode(content).map_err(|_| self.damaged("a part cannot be read"))
    }

    fn read(&mut self, count: usize) {
        self.digest.update(&self.buffer[..count]);
        self.buffer.drain(..count);
        self.at += count as u64;
    }

    fn damaged(&self, what: &'static str) -> FormatError {
        FormatError::Damaged { at: self.at + self.buffer.len() as u64, what }
    }
}

fn be_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}
