//! Archives unpacked for real: the legal oddities, and every attack we know by name.

mod attacks;
mod pulled;

use super::*;
use crate::archive::samples::{Tar, digest, layout, on_disk};
use crate::testing::OnTokio;
use serde_json::json;
use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
use tar::EntryType;
use tempfile::TempDir;

/// A folder on the "host" with a secret in it, and beside it the root that is unpacked into.
struct Host {
    folder: TempDir,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret"), "host").unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        Self { folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// The secret's path, as an archive would name it.
    fn secret(&self) -> String {
        self.folder.path().join("secret").display().to_string()
    }

    fn unpack(&self, bytes: &[u8]) -> Result<(), ArchiveError> {
        unpack(&mut on_disk(bytes), &self.root(), Limits::default())
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.root().join(path)).is_ok()
    }

    /// After an attack: the host has its secret and nothing else.
    fn assert_untouched(&self) {
        assert_eq!(fs::read_to_string(self.folder.path().join("secret")).unwrap(), "host");
        let mut names: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["root", "secret"]);
    }
}

fn layers(layers: Vec<Tar>) -> Vec<u8> {
    let layers: Vec<_> = layers.into_iter().map(Tar::gzip).collect();
    layout(&layers, json!({ "Cmd": ["/x"] }), |_| {})
}

/// Unpacking must fail, say why, and leave the host alone.
#[track_caller]
fn refused(tar: Tar, reason: &str) {
    let host = Host::new();
    let error = host.unpack(&tar.bytes()).unwrap_err();
    assert!(error.to_string().contains(reason), "{error}");
    host.assert_untouched();
}

#[test]
fn files_come_with_owner_mode_and_time() {
    let host = Host::new();
    let tar = Tar::new()
        .folder("./")
        .folder("etc")
        .extension(&[("uid", "33"), ("gid", "44")])
        .program("etc/run", "x")
        .hard_link("etc/again", "etc/run")
        .special("fifo", EntryType::Fifo)
        .symlink("missing", "/not/there");
    host.unpack(&tar.gzip()).unwrap();
    let found = fs::metadata(host.root().join("etc/run")).unwrap();
    assert_eq!(
        (found.uid(), found.gid(), found.mode() & 0o7777, found.mtime()),
        (33, 44, 0o755, 1_700_000_000)
    );
    assert_eq!(found.ino(), fs::metadata(host.root().join("etc/again")).unwrap().ino());
    assert!(fs::metadata(host.root().join("fifo")).unwrap().file_type().is_fifo());
    assert_eq!(fs::read_link(host.root().join("missing")).unwrap(), Path::new("/not/there"));
}

#[test]
fn a_link_among_the_folders_is_followed_inside() {
    let host = Host::new();
    let tar = Tar::new().folder("usr/bin").symlink("bin", "/usr/bin").program("bin/sh", "shell");
    host.unpack(&tar.bytes()).unwrap();
    assert_eq!(host.read("usr/bin/sh"), "shell");
    assert!(fs::symlink_metadata(host.root().join("bin")).unwrap().is_symlink());
}

#[test]
fn later_entries_replace_earlier_ones_of_any_kind() {
    let host = Host::new();
    let tar = Tar::new()
        .file("a", "old")
        .symlink("a", "b")
        .folder("c/d")
        .file("c", "file")
        .symlink("e", "/")
        .folder("e")
        .file("e/f", "in a folder");
    host.unpack(&tar.bytes()).unwrap();
    assert_eq!(fs::read_link(host.root().join("a")).unwrap(), Path::new("b"));
    assert_eq!((host.read("c"), host.read("e/f")), ("file".into(), "in a folder".into()));
    assert!(!host.exists("f"));
}

#[test]
fn layers_cover_each_other() {
    let host = Host::new();
    let lower = Tar::new()
        .file("a", "1")
        .file("b", "1")
        .folder("d")
        .file("d/old", "1")
        .folder("keep")
        .file("keep/x", "1");
    let upper = Tar::new()
        .file("a", "2")
        .file(".wh.b", "")
        .file("d/new", "2")
        .file("d/.wh..wh..opq", "")
        .file("keep/.wh.gone", "");
    host.unpack(&layers(vec![lower, upper])).unwrap();
    assert_eq!(
        (host.read("a"), host.read("d/new"), host.read("keep/x")),
        ("2".into(), "2".into(), "1".into())
    );
    assert!(
        !host.exists("b") && !host.exists("d/old") && !host.exists(".wh.b") && !host.exists("d/.wh..wh..opq")
    );
}

#[test]
fn a_plain_root_file_system_may_hold_names_that_look_like_whiteouts() {
    let host = Host::new();
    host.unpack(&Tar::new().file("a", "1").file(".wh.a", "2").bytes()).unwrap();
    assert_eq!((host.read("a"), host.read(".wh.a")), ("1".into(), "2".into()));
}

#[test]
fn a_hard_link_to_itself_changes_nothing() {
    let host = Host::new();
    host.unpack(&Tar::new().file("a", "1").hard_link("a", "a").bytes()).unwrap();
    assert_eq!(host.read("a"), "1");
}

#[test]
fn writing_into_a_root_stays_inside() {
    let host = Host::new();
    symlink(host.folder.path(), host.root().join("var")).unwrap();
    let error = Confined::open(&host.root()).unwrap().write("/var/secret", b"taken", Ownership::root(0o600));
    assert!(error.is_err());
    host.assert_untouched();
    fs::remove_file(host.root().join("var")).unwrap();
    Confined::open(&host.root()).unwrap().write("/var/lib/x", b"fine", Ownership::root(0o640)).unwrap();
    assert_eq!(fs::metadata(host.root().join("var/lib/x")).unwrap().mode() & 0o777, 0o640);
}

fn images(folder: &Path) -> Images {
    Images::open(folder, "/bin/busybox".into(), RegistrySettings::default(), Arc::new(OnTokio)).unwrap()
}

fn image(digest: &str, source: &str) -> proto::Image {
    proto::Image { digest: digest.into(), source: source.into(), ..proto::Image::default() }
}

fn stream(chunks: Vec<Result<Vec<u8>, BackendError>>) -> ImageArchive {
    let (sender, receiver) = tokio::sync::mpsc::channel(chunks.len().max(1));
    for chunk in chunks {
        sender.try_send(chunk).unwrap();
    }
    receiver
}

#[tokio::test]
async fn an_image_arrives_in_chunks_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path());
    let bytes = Tar::new().file("etc/name", "imported").gzip();
    let good = digest(&bytes);
    let chunks = || bytes.chunks(100).map(|chunk| Ok(chunk.to_vec()));

    let mut cut: Vec<_> = chunks().collect();
    cut.pop();
    let broken: Vec<_> =
        chunks().take(1).chain([Err(BackendError::Retry("the line broke".into()))]).collect();
    for bad in [cut, broken, vec![]] {
        assert!(matches!(
            images.add(&image(&good, "import"), Some(stream(bad))).await,
            Err(BackendError::Retry(_))
        ));
        assert_eq!(
            fs::read_dir(folder.path().join("images")).unwrap().count(),
            0,
            "nothing is left of a failure"
        );
    }
    images.add(&image(&good, "import"), Some(stream(chunks().collect()))).await.unwrap();
    assert_eq!(images.list().unwrap(), std::slice::from_ref(&good));
    assert_eq!(fs::read_to_string(images.root(&good).unwrap().join("etc/name")).unwrap(), "imported");
    images.remove(&good).unwrap();
    assert!(images.list().unwrap().is_empty() && images.root(&good).is_err());
}

#[tokio::test]
async fn a_hostile_archive_is_refused_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Tar::new().file("../x", "").bytes();
    let chunks = stream(vec![Ok(bytes.clone())]);
    let error = images(folder.path()).add(&image(&digest(&bytes), "import"), Some(chunks)).await.unwrap_err();
    assert!(matches!(&error, BackendError::Permanent(text) if text.contains("leads upwards")), "{error:?}");
    assert_eq!(fs::read_dir(folder.path().join("images")).unwrap().count(), 0);
}

#[tokio::test]
async fn digests_are_no_paths() {
    let folder = tempfile::tempdir().unwrap();
    for digest in ["", "sha256", "sha256:", "../x:y", "sha256:../../x", "sha256:a/b"] {
        let error = images(folder.path()).add(&image(digest, "builtin:web"), None).await.unwrap_err();
        assert!(matches!(error, BackendError::Permanent(_)), "{digest}");
    }
}

#[tokio::test]
async fn what_an_interrupted_attempt_left_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("images/.1-1/rootfs/etc")).unwrap();
    assert!(images(folder.path()).list().unwrap().is_empty());
    assert_eq!(fs::read_dir(folder.path().join("images")).unwrap().count(), 0);
}
