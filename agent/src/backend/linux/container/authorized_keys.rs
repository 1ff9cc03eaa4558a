//! The key pair's public key in the root account of a new disk, where sshd looks for it.
//!
//! Cloud images do this themselves from the metadata service; container images have nothing that would. Only an image
//! with a home for root gets the file. The image decides what lies there, so links are not followed: where a folder should
//! be and something else is, nothing is delivered. What the image has in the file stays, the key is added; folders keep
//! the image's owner and mode, because on the overlay the upper one's count.

use crate::backend::linux::image::{Confined, Ownership};
use nix::sys::stat::SFlag;
use std::io;
use std::path::Path;

/// Beyond this it is no list of keys.
const MOST_BYTES: u64 = 64 << 10;
const HOME: &[u8] = b"root";
const SSH: &[u8] = b".ssh";
const FILE: &[u8] = b"authorized_keys";

/// Writes `public_key` (the line of a key file) into `upper`, over an image at `lower`. Further lines would be further keys:
/// they are left out.
pub(super) fn deliver(public_key: &str, lower: &Path, upper: &Path) -> io::Result<()> {
    let line = public_key.trim().lines().next().unwrap_or_default();
    let image = Confined::open(lower)?.folder(&[])?;
    if line.is_empty() || image.kind(HOME)? != Some(SFlag::S_IFDIR) {
        return Ok(());
    }
    let home = image.enter(HOME)?;
    let (ownership, before) = match home.kind(SSH)? {
        None => (Ownership { mode: 0o700, ..image.ownership(HOME)? }, Vec::new()),
        Some(SFlag::S_IFDIR) => {
            let Some(before) = home.enter(SSH)?.read(FILE, MOST_BYTES)? else { return Ok(()) };
            (home.ownership(SSH)?, before)
        }
        Some(_) => return Ok(()),
    };
    let disk = Confined::open(upper)?.folder(&[])?;
    disk.create_folder(HOME, image.ownership(HOME)?)?;
    let home = disk.enter(HOME)?;
    home.create_folder(SSH, ownership)?;
    let text = added(before, line);
    home.enter(SSH)?.write(FILE, &text, Ownership { mode: 0o600, ..ownership })
}

fn added(mut text: Vec<u8>, line: &str) -> Vec<u8> {
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.extend(line.as_bytes());
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    const KEY: &str = "ssh-ed25519 AAAA me";

    /// What is delivered over an image that `make` makes: the file's text, and the modes of home and `.ssh`.
    fn delivered(make: impl FnOnce(&Path)) -> Option<(String, u32, u32)> {
        let folder = tempfile::tempdir().unwrap();
        let (lower, upper) = (folder.path().join("lower"), folder.path().join("upper"));
        fs::create_dir(&lower).unwrap();
        fs::create_dir(&upper).unwrap();
        make(&lower);
        deliver(KEY, &lower, &upper).unwrap();
        let mode = |path: &str| fs::metadata(upper.join(path)).unwrap().permissions().mode() & 0o7777;
        let text = fs::read_to_string(upper.join("root/.ssh/authorized_keys")).ok()?;
        assert_eq!(mode("root/.ssh/authorized_keys"), 0o600);
        Some((text, mode("root"), mode("root/.ssh")))
    }

    fn folder(path: &Path, mode: u32) {
        fs::create_dir(path).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_home_gets_the_key_and_keeps_its_mode() {
        let key = format!("{KEY}\n");
        assert_eq!(delivered(|root| folder(&root.join("root"), 0o750)), Some((key, 0o750, 0o700)));
        let told = delivered(|root| {
            folder(&root.join("root"), 0o700);
            folder(&root.join("root/.ssh"), 0o711);
            fs::write(root.join("root/.ssh/authorized_keys"), "ssh-rsa BBBB theirs").unwrap();
        });
        assert_eq!(told, Some((format!("ssh-rsa BBBB theirs\n{KEY}\n"), 0o700, 0o711)));
    }

    #[test]
    fn links_and_other_things_are_left_alone() {
        assert_eq!(delivered(|_| ()), None, "no home");
        assert_eq!(delivered(|root| fs::write(root.join("root"), "").unwrap()), None);
        assert_eq!(delivered(|root| symlink("/etc", root.join("root")).unwrap()), None);
        assert_eq!(
            delivered(|root| {
                folder(&root.join("root"), 0o700);
                symlink("/etc", root.join("root/.ssh")).unwrap();
            }),
            None
        );
        let told = delivered(|root| {
            folder(&root.join("root"), 0o700);
            folder(&root.join("root/.ssh"), 0o700);
            symlink("/etc/shadow", root.join("root/.ssh/authorized_keys")).unwrap();
        });
        assert_eq!(told, None, "what a link points to is not read");
    }
}
