//! A folder that nothing inside it leads out of.
//!
//! Images and instances decide what links lie in their root file systems, so a path in there must never be resolved as
//! if it were ours. The kernel does it here: `openat2` with `RESOLVE_IN_ROOT` treats the folder as `/`, so absolute links
//! and `..` stay inside, and what is opened is then used by descriptor. Checking paths beforehand was rejected: between
//! the check and the use they can change, and naive checks break legal links (`/bin` pointing to `/usr/bin`).

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{Mode, SFlag, fstat, fstatat, mkdirat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchownat, linkat, mkfifoat, symlinkat, unlinkat};
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, fchown};
use std::path::Path;

/// Who may do what with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permissions, set-id and sticky bits.
    pub mode: u32,
}

impl Ownership {
    /// Root's, with these permissions.
    pub fn root(mode: u32) -> Self {
        Self { uid: 0, gid: 0, mode }
    }
}

/// The root of a confined tree.
pub struct Confined(OwnedFd);

/// A folder inside, opened.
pub struct Folder(OwnedFd);

impl Confined {
    /// The tree below `path`, which is ours.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Self(nix::fcntl::open(path, flags, Mode::empty())?))
    }

    /// The folder at `parts`, through whatever links the tree holds. Missing ones are made, root's with mode 755.
    pub fn folder(&self, parts: &[Vec<u8>]) -> io::Result<Folder> {
        let whole = self.resolve(parts);
        if !matches!(whole, Err(Errno::ENOENT)) {
            return Ok(Folder(whole?));
        }
        let mut reached = Folder(self.resolve(&[])?);
        for depth in 1..=parts.len() {
            reached = Folder(match self.resolve(&parts[..depth]) {
                Err(Errno::ENOENT) => {
                    mkdirat(&reached.0, name(&parts[depth - 1]), Mode::from_bits_truncate(0o755))?;
                    self.resolve(&parts[..depth])?
                }
                other => other?,
            });
        }
        Ok(reached)
    }

    /// The folder at `parts` if there is one.
    pub fn existing_folder(&self, parts: &[Vec<u8>]) -> io::Result<Option<Folder>> {
        match self.resolve(parts) {
            Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
            other => Ok(Some(Folder(other?))),
        }
    }

    fn resolve(&self, parts: &[Vec<u8>]) -> nix::Result<OwnedFd> {
        let path = if parts.is_empty() { b".".to_vec() } else { parts.join(&b'/') };
        let how = OpenHow::new()
            .flags(OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        openat2(&self.0, name(&path), how)
    }

    /// Replaces a small file, in folders made as needed.
    pub fn write(&self, path: &str, bytes: &[u8], ownership: Ownership) -> io::Result<()> {
        let mut parts: Vec<Vec<u8>> =
            path.split('/').filter(|part| !part.is_empty()).map(|part| part.as_bytes().to_vec()).collect();
        let last = parts.pop().ok_or(io::ErrorKind::InvalidInput)?;
        self.folder(&parts)?.write(&last, bytes, ownership)
    }

    /// The bytes of a file, through whatever links the tree holds; an error if it is none, or has more than `limit`.
    pub fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        let how = OpenHow::new()
            .flags(OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        let file = File::from(openat2(&self.0, path, how)?);
        let found = file.metadata()?;
        if !found.is_file() || found.len() > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a file of a size to be read"));
        }
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, limit), &mut bytes)?;
        Ok(bytes)
    }

    /// Writes everything in this file system to disk.
    pub fn sync(&self) -> io::Result<()> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = nix::fcntl::openat(&self.0, ".", flags, Mode::empty())?;
        Ok(nix::unistd::syncfs(root)?)
    }
}

impl Folder {
    /// The folder of this name, which is no link.
    pub fn enter(&self, last: &[u8]) -> io::Result<Folder> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(Folder(nix::fcntl::openat(&self.0, name(last), flags, Mode::empty())?))
    }

    /// Who may do what with what is there; of a link, with the link.
    pub fn ownership(&self, last: &[u8]) -> io::Result<Ownership> {
        let found = fstatat(&self.0, name(last), AtFlags::AT_SYMLINK_NOFOLLOW)?;
        Ok(Ownership { uid: found.st_uid, gid: found.st_gid, mode: found.st_mode & 0o7777 })
    }

    /// What a small file holds: nothing if there is none, `None` if it is no file or bigger than `most` bytes.
    pub fn read(&self, last: &[u8], most: u64) -> io::Result<Option<Vec<u8>>> {
        match self.kind(last)? {
            None => return Ok(Some(Vec::new())),
            Some(SFlag::S_IFREG) => {}
            Some(_) => return Ok(None),
        }
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = File::from(nix::fcntl::openat(&self.0, name(last), flags, Mode::empty())?);
        let mut bytes = Vec::new();
        let length = io::Read::read_to_end(&mut io::Read::take(file, most + 1), &mut bytes)?;
        Ok(Some(bytes).filter(|_| length as u64 <= most))
    }

    /// Replaces a small file.
    pub fn write(&self, last: &[u8], bytes: &[u8], ownership: Ownership) -> io::Result<()> {
        self.remove(last)?;
        let file = self.create_file(last)?;
        io::Write::write_all(&mut &file, bytes)?;
        set_ownership(&file, ownership)
    }

    /// A new file, open for writing and readable by root only.
    pub fn create_file(&self, last: &[u8]) -> io::Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(nix::fcntl::openat(&self.0, name(last), flags, Mode::from_bits_truncate(0o600))?.into())
    }

    /// A folder; one that is there stays, anything else gives way.
    pub fn create_folder(&self, last: &[u8], ownership: Ownership) -> io::Result<()> {
        if self.kind(last)? != Some(SFlag::S_IFDIR) {
            self.remove(last)?;
            mkdirat(&self.0, name(last), Mode::from_bits_truncate(0o700))?;
        }
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let made = nix::fcntl::openat(&self.0, name(last), flags, Mode::empty())?;
        set_ownership(&File::from(made), ownership)
    }

    /// A symbolic link.
    pub fn create_symlink(&self, last: &[u8], target: &[u8], ownership: Ownership) -> io::Result<()> {
        symlinkat(name(target), &self.0, name(last))?;
        self.own(last, ownership)
    }

    /// A FIFO.
    pub fn create_fifo(&self, last: &[u8], ownership: Ownership) -> io::Result<()> {
        mkfifoat(&self.0, name(last), Mode::from_bits_truncate(ownership.mode & 0o777))?;
        self.own(last, ownership)
    }

    /// Another name for `target` in `folder`; a link is named itself, not what it points to.
    pub fn create_hard_link(&self, last: &[u8], folder: &Folder, target: &[u8]) -> io::Result<()> {
        Ok(linkat(&folder.0, name(target), &self.0, name(last), AtFlags::empty())?)
    }

    fn own(&self, last: &[u8], ownership: Ownership) -> io::Result<()> {
        let (uid, gid) = (Uid::from_raw(ownership.uid), Gid::from_raw(ownership.gid));
        Ok(fchownat(&self.0, name(last), Some(uid), Some(gid), AtFlags::AT_SYMLINK_NOFOLLOW)?)
    }

    /// What is there, without following a link; `None` if nothing is.
    pub fn kind(&self, last: &[u8]) -> io::Result<Option<SFlag>> {
        match fstatat(&self.0, name(last), AtFlags::AT_SYMLINK_NOFOLLOW) {
            Err(Errno::ENOENT) => Ok(None),
            found => Ok(Some(SFlag::from_bits_truncate(found?.st_mode & SFlag::S_IFMT.bits()))),
        }
    }

    /// Removes whatever is there, a folder with all it holds. A link goes, what it points to stays.
    pub fn remove(&self, last: &[u8]) -> io::Result<()> {
        match self.kind(last)? {
            None => Ok(()),
            Some(SFlag::S_IFDIR) => fs::remove_dir_all(self.path().join(name(last))),
            Some(_) => Ok(unlinkat(&self.0, name(last), UnlinkatFlags::NoRemoveDir)?),
        }
    }

    /// Removes all the folder holds.
    pub fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.path())? {
            self.remove(entry?.file_name().as_bytes())?;
        }
        Ok(())
    }

    /// True if both are the same folder.
    pub fn is(&self, other: &Folder) -> io::Result<bool> {
        let (own, other) = (fstat(&self.0)?, fstat(&other.0)?);
        Ok((own.st_dev, own.st_ino) == (other.st_dev, other.st_ino))
    }

    /// A path that means this very folder while it is open, whatever happens to its name.
    fn path(&self) -> std::path::PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }
}

/// Owner first: a change of owner clears the set-id bits.
pub(super) fn set_ownership(file: &File, ownership: Ownership) -> io::Result<()> {
    fchown(file, Some(ownership.uid), Some(ownership.gid))?;
    file.set_permissions(Permissions::from_mode(ownership.mode))
}

fn name(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}
