//! The entries of a tar, one after another, with every extension resolved and every size bounded.
//!
//! The `tar` crate decodes the blocks; names, links and owners from extended headers are resolved here, because the
//! crate reads such headers into memory whatever their size, and splits them at newlines, which values may contain.

use super::{ArchiveError, Stream};
use std::io::Read;
use tar::EntryType;

/// Longest name or link target, longest part of one, and the largest extended header.
const MAX_PATH: usize = 4096;
const MAX_PART: usize = 255;
const MAX_HEADER: u64 = 1 << 20;
const SPARSE: &str = "sparse files are not supported";

/// How much an image may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Uncompressed bytes of each tar.
    pub bytes: u64,
    /// Entries of all tars together.
    pub entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 30, entries: 2_000_000 }
    }
}

/// How many entries may still come; shared by all tars of an image.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    left: u64,
    limit: u64,
}

impl Allowance {
    /// `limit` entries.
    pub fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

    fn take_one(&mut self) -> Result<(), ArchiveError> {
        self.left =
            self.left.checked_sub(1).ok_or(ArchiveError::TooLarge { what: "entries", limit: self.limit })?;
        Ok(())
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The parts of its name, none of them empty, `.` or `..`. No parts: the root itself.
    pub path: Vec<Vec<u8>>,
    /// What it is.
    pub kind: Kind,
    /// Permissions, set-id and sticky bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Modification time, seconds since the epoch.
    pub modified: i64,
    /// Where its bytes start in the (uncompressed) tar.
    pub offset: u64,
    /// Its bytes.
    pub size: u64,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file; its bytes follow.
    File,
    /// A folder.
    Folder,
    /// A symbolic link to whatever text.
    Symlink(Vec<u8>),
    /// Another name of an earlier entry.
    HardLink(Vec<Vec<u8>>),
    /// A FIFO.
    Fifo,
    /// A character or block device.
    Device,
}

/// What came before an entry and belongs to it.
#[derive(Default)]
struct Extension {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    uid: Option<u64>,
    gid: Option<u64>,
    size: Option<u64>,
    /// The bytes are a map of holes and what is between them.
    sparse: bool,
}

/// Calls `visit` with each entry and its bytes.
pub fn visit<R: Read>(
    stream: &mut Stream<R>,
    allowance: &mut Allowance,
    mut visit: impl FnMut(Member, &mut dyn Read) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut archive = tar::Archive::new(&mut *stream);
    let mut extension = Extension::default();
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        allowance.take_one()?;
        if extension.take_in(&mut entry)? {
            continue;
        }
        let offset = entry.raw_file_position();
        let member = member(entry.header(), offset, std::mem::take(&mut extension))?;
        visit(member, &mut entry)?;
    }
    Ok(())
}

impl Extension {
    /// True if the entry only describes the one behind it.
    fn take_in(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<bool, ArchiveError> {
        match entry.header().entry_type() {
            EntryType::GNULongName => self.path = Some(trimmed(content(entry)?)),
            EntryType::GNULongLink => self.link = Some(trimmed(content(entry)?)),
            EntryType::XHeader => self.apply(&content(entry)?)?,
            EntryType::XGlobalHeader => drop(content(entry)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// An extended header: `length key=value\n`, where the length counts the whole record.
    fn apply(&mut self, mut records: &[u8]) -> Result<(), ArchiveError> {
        let damaged = || ArchiveError::Malformed("a damaged extended header".into());
        while !records.is_empty() {
            let space = records.iter().position(|byte| *byte == b' ').ok_or_else(damaged)?;
            let length =
                number(&records[..space]).and_then(|it| usize::try_from(it).ok()).ok_or_else(damaged)?;
            let record =
                records.get(space + 1..length).and_then(|it| it.strip_suffix(b"\n")).ok_or_else(damaged)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(damaged)?;
            self.set(&record[..equals], &record[equals + 1..]).ok_or_else(damaged)?;
            records = &records[length..];
        }
        Ok(())
    }

    /// Keys without a meaning for us (times below the second, extended attributes) are passed over.
    fn set(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match key {
            key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"uid" => self.uid = Some(number(value)?),
            b"gid" => self.gid = Some(number(value)?),
            b"size" => self.size = Some(number(value)?),
            _ => {}
        }
        Some(())
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn content(entry: &mut tar::Entry<'_, impl Read>) -> Result<Vec<u8>, ArchiveError> {
    if entry.size() > MAX_HEADER {
        return Err(ArchiveError::TooLarge { what: "bytes of extended header", limit: MAX_HEADER });
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// GNU names end with a NUL.
fn trimmed(mut name: Vec<u8>) -> Vec<u8> {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    name.truncate(end);
    name
}

fn member(header: &tar::Header, offset: u64, extension: Extension) -> Result<Member, ArchiveError> {
    let name = extension.path.unwrap_or_else(|| header.path_bytes().into_owned());
    let path = parts(&name)?;
    if extension.sparse {
        return Err(ArchiveError::refused(&name, SPARSE));
    }
    let size = header.entry_size()?;
    if extension.size.is_some_and(|announced| announced != size) {
        // Readers that disagree about where an entry ends see different archives.
        return Err(ArchiveError::refused(&name, "its two sizes differ"));
    }
    let owner =
        |number: u64| u32::try_from(number).map_err(|_| ArchiveError::refused(&name, "no such owner"));
    let modified = i64::try_from(header.mtime()?).unwrap_or(0);
    let target = || extension.link.clone().or_else(|| header.link_name_bytes().map(|it| it.into_owned()));
    Ok(Member {
        kind: kind(header.entry_type(), &name, target)?,
        mode: header.mode()? & 0o7777,
        uid: owner(extension.uid.map_or_else(|| header.uid(), Ok)?)?,
        gid: owner(extension.gid.map_or_else(|| header.gid(), Ok)?)?,
        path,
        modified,
        offset,
        size,
    })
}

fn kind(
    entry_type: EntryType,
    name: &[u8],
    target: impl Fn() -> Option<Vec<u8>>,
) -> Result<Kind, ArchiveError> {
    let target = || match target() {
        Some(target) if !target.is_empty() && target.len() <= MAX_PATH && !target.contains(&0) => Ok(target),
        _ => Err(ArchiveError::refused(name, "a link to nothing")),
    };
    match entry_type {
        // In the oldest form a folder is a file whose name ends with a slash.
        EntryType::Regular if name.ends_with(b"/") => Ok(Kind::Folder),
        EntryType::Regular | EntryType::Continuous => Ok(Kind::File),
        EntryType::Directory => Ok(Kind::Folder),
        EntryType::Symlink => target().map(Kind::Symlink),
        EntryType::Link => Ok(Kind::HardLink(parts(&target()?)?)),
        EntryType::Fifo => Ok(Kind::Fifo),
        EntryType::Char | EntryType::Block => Ok(Kind::Device),
        EntryType::GNUSparse => Err(ArchiveError::refused(name, SPARSE)),
        _ => Err(ArchiveError::refused(name, "an entry of unknown type")),
    }
}

/// The parts of a name. A leading slash means the root of the image, as everywhere; `..` is refused wherever it leads.
pub fn parts(name: &[u8]) -> Result<Vec<Vec<u8>>, ArchiveError> {
    if name.len() > MAX_PATH || name.contains(&0) {
        return Err(ArchiveError::refused(&name[..name.len().min(80)], "not a file name"));
    }
    let parts = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && part != b".");
    parts
        .map(|part| match part {
            b".." => Err(ArchiveError::refused(name, "leads upwards")),
            part if part.len() > MAX_PART => Err(ArchiveError::refused(&part[..80], "not a file name")),
            part => Ok(part.to_vec()),
        })
        .collect()
}
