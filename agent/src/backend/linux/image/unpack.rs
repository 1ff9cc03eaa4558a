//! Unpacking an archive into a root file system.
//!
//! The archive decides names and links, so every name is resolved by [`Confined`]. Layers are applied from the bottom
//! up, each in two passes: first its whiteouts, then its entries. A whiteout hides what lower layers put there and
//! never what its own layer brings, wherever in the layer it stands.
//!
//! Not restored: extended attributes (capabilities of files mean nothing under no-new-privileges) and the times of
//! folders. Device nodes are passed over in `/dev`, which an instance never sees, and refused elsewhere.

use super::confined::{Confined, Folder, Ownership, set_ownership};
use super::pull::LayerFile;
use crate::archive::{self, Allowance, ArchiveError, Contents, Kind, Limits, Member, Stream};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A name that hides the one behind the prefix.
const WHITEOUT: &[u8] = b".wh.";
/// A name that hides everything lower layers put into its folder.
const OPAQUE: &[u8] = b".wh..wh..opq";

/// Unpacks `archive` into the empty folder `root`. On an error the folder holds rubbish; the caller removes it.
pub fn unpack(archive: &mut File, root: &Path, limits: Limits) -> Result<(), ArchiveError> {
    let tree = Confined::open(root)?;
    let mut unpacking = Unpacking { tree, limits, allowance: Allowance::new(limits.entries) };
    match archive::open(archive)? {
        Contents::RootFileSystem => {
            archive.seek(SeekFrom::Start(0))?;
            unpacking.files(archive, false)?;
        }
        Contents::Layout(layout) => {
            for layer in layout.layers {
                layer.verify(archive)?;
                unpacking.whiteouts(layer.read(archive)?)?;
                unpacking.files(layer.read(archive)?, true)?;
            }
        }
    }
    Ok(unpacking.tree.sync()?)
}

/// Unpacks layers, from the bottom up, into the empty folder `root`. As with [`unpack`], an error leaves rubbish.
pub(super) fn layers(layers: &[LayerFile], root: &Path, limits: Limits) -> Result<(), ArchiveError> {
    let tree = Confined::open(root)?;
    let mut unpacking = Unpacking { tree, limits, allowance: Allowance::new(limits.entries) };
    for layer in layers {
        let mut file = File::open(&layer.path)?;
        unpacking.whiteouts(&file)?;
        file.seek(SeekFrom::Start(0))?;
        let found = unpacking.files(&file, true)?;
        match &layer.diff_id {
            Some(announced) if *announced != found => {
                let what = "layer, unpacked".to_owned();
                return Err(ArchiveError::Digest { what, announced: announced.clone(), found });
            }
            _ => {}
        }
    }
    Ok(unpacking.tree.sync()?)
}

struct Unpacking {
    tree: Confined,
    limits: Limits,
    allowance: Allowance,
}

impl Unpacking {
    /// The first pass over a layer.
    fn whiteouts(&mut self, layer: impl Read) -> Result<(), ArchiveError> {
        let mut stream = Stream::open(layer, self.limits.bytes)?;
        let tree = &self.tree;
        // The second pass counts the entries.
        let mut allowance = Allowance::new(self.limits.entries);
        archive::members::visit(&mut stream, &mut allowance, |member, _| hide(tree, &member))
    }

    /// The entries of a tar; returns the digest of all its bytes.
    fn files(&mut self, source: impl Read, layered: bool) -> Result<String, ArchiveError> {
        let mut stream = Stream::open(source, self.limits.bytes)?;
        let tree = &self.tree;
        archive::members::visit(&mut stream, &mut self.allowance, |member, bytes| {
            if layered && member.path.last().is_some_and(|last| last.starts_with(WHITEOUT)) {
                return Ok(());
            }
            place(tree, &member, bytes)
        })?;
        // Behind the last entry there is padding, which the digest covers.
        io::copy(&mut stream, &mut io::sink())?;
        Ok(stream.fingerprint())
    }
}

fn hide(tree: &Confined, member: &Member) -> Result<(), ArchiveError> {
    let Some((last, folder)) = member.path.split_last() else { return Ok(()) };
    let Some(hidden) = last.strip_prefix(WHITEOUT) else { return Ok(()) };
    let Some(folder) = tree.existing_folder(folder)? else { return Ok(()) };
    if last == OPAQUE {
        return Ok(folder.clear()?);
    }
    match hidden {
        b"" | b"." | b".." => Err(ArchiveError::refused(last, "hides no file")),
        // Bookkeeping of a union file system that no longer exists.
        _ if hidden.starts_with(WHITEOUT) => Ok(()),
        _ => Ok(folder.remove(hidden)?),
    }
}

fn place(tree: &Confined, member: &Member, bytes: &mut dyn Read) -> Result<(), ArchiveError> {
    let ownership = Ownership { uid: member.uid, gid: member.gid, mode: member.mode };
    let Some((last, folder)) = member.path.split_last() else {
        // The root itself: a folder, whatever the archive says, with permissions that let it be entered.
        return Ok(());
    };
    if member.kind == Kind::Device {
        return match &member.path[0][..] {
            b"dev" => Ok(()),
            _ => Err(ArchiveError::refused(&member.path.join(&b'/'), "a device node")),
        };
    }
    let folder = tree.folder(folder).map_err(|error| in_the_way(member, error))?;
    match &member.kind {
        Kind::Folder => return Ok(folder.create_folder(last, ownership)?),
        Kind::HardLink(target) => return hard_link(tree, member, (&folder, last), target),
        _ => folder.remove(last)?,
    }
    match &member.kind {
        Kind::Symlink(target) => Ok(folder.create_symlink(last, target, ownership)?),
        Kind::Fifo => Ok(folder.create_fifo(last, ownership)?),
        _ => write(&folder, last, member, ownership, bytes),
    }
}

/// A file, or a link to nothing, stands where the entry needs a folder.
fn in_the_way(member: &Member, error: io::Error) -> ArchiveError {
    use nix::errno::Errno;
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOTDIR | Errno::EEXIST | Errno::ELOOP) => {
            ArchiveError::refused(&member.path.join(&b'/'), "its folder is no folder")
        }
        _ => error.into(),
    }
}

fn hard_link(
    tree: &Confined,
    member: &Member,
    (folder, last): (&Folder, &[u8]),
    target: &[Vec<u8>],
) -> Result<(), ArchiveError> {
    let refused = |reason| ArchiveError::refused(&member.path.join(&b'/'), reason);
    let (target, target_folder) = target.split_last().ok_or_else(|| refused("a second name for the root"))?;
    let target_folder =
        tree.existing_folder(target_folder)?.ok_or_else(|| refused("a second name for nothing"))?;
    match target_folder.kind(target)? {
        None => return Err(refused("a second name for nothing")),
        Some(nix::sys::stat::SFlag::S_IFDIR) => return Err(refused("a second name for a folder")),
        Some(_) if member.path.last() == Some(target) && folder.is(&target_folder)? => return Ok(()),
        Some(_) => folder.remove(last)?,
    }
    Ok(folder.create_hard_link(last, &target_folder, target)?)
}

fn write(
    folder: &Folder,
    last: &[u8],
    member: &Member,
    ownership: Ownership,
    bytes: &mut dyn Read,
) -> Result<(), ArchiveError> {
    let mut file = folder.create_file(last)?;
    let written = io::copy(bytes, &mut file)?;
    if written != member.size {
        return Err(ArchiveError::refused(&member.path.join(&b'/'), "the archive ends within it"));
    }
    set_ownership(&file, ownership)?;
    let seconds = u64::try_from(member.modified).unwrap_or(0);
    // A time the file system cannot hold is no reason to refuse an image.
    let _ = file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(u64::from(u32::MAX))));
    Ok(())
}
