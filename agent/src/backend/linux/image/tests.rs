//! Archives unpacked for real: the legal oddities, and every attack we know by name.

use super::*;
use crate::archive::samples::{Tar, digest, layout, on_disk};
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
fn attack_name_upwards() {
    refused(Tar::new().file("../secret", "taken"), "leads upwards");
    refused(Tar::new().file("a/../../secret", "taken"), "leads upwards");
}

#[test]
fn attack_absolute_name() {
    let host = Host::new();
    let secret = host.secret();
    host.unpack(&Tar::new().extension(&[("path", &secret)]).file("x", "taken").bytes()).unwrap();
    host.assert_untouched();
    assert_eq!(host.read(&secret[1..]), "taken", "it is inside the root");
}

#[test]
fn attack_through_a_planted_link() {
    let host = Host::new();
    let folder = host.folder.path().display().to_string();
    let tar = Tar::new()
        .extension(&[("linkpath", &folder)])
        .symlink("out", "x")
        .file("out/secret", "taken")
        .symlink("up", "../../../../../../../..")
        .file("up/owned", "inside");
    // The absolute target means a folder inside the root, which is not there.
    let error = host.unpack(&tar.bytes()).unwrap_err();
    assert!(error.to_string().contains("its folder is no folder"), "{error}");
    host.assert_untouched();
    let host = Host::new();
    host.unpack(&Tar::new().symlink("up", "../../../../../../../..").file("up/owned", "inside").bytes())
        .unwrap();
    assert_eq!(host.read("owned"), "inside");
    host.assert_untouched();
}

#[test]
fn attack_through_a_link_from_a_lower_layer() {
    let host = Host::new();
    let folder = host.folder.path().display().to_string();
    let lower = Tar::new().extension(&[("linkpath", &folder)]).symlink("out", "x");
    let upper = Tar::new().file("out/secret", "taken");
    assert!(host.unpack(&layers(vec![lower, upper])).is_err());
    host.assert_untouched();
}

#[test]
fn attack_overwriting_through_a_link_of_the_same_name() {
    let host = Host::new();
    let secret = host.secret();
    let tar = Tar::new().extension(&[("linkpath", &secret)]).symlink("a", "x").file("a", "taken");
    host.unpack(&tar.bytes()).unwrap();
    host.assert_untouched();
    assert_eq!(host.read("a"), "taken");
}

#[test]
fn attack_hard_link_to_the_host() {
    let host = Host::new();
    let secret = host.secret();
    let tar = Tar::new().extension(&[("linkpath", &secret)]).hard_link("a", "x").file("a", "taken");
    assert!(host.unpack(&tar.bytes()).unwrap_err().to_string().contains("second name for nothing"));
    host.assert_untouched();
    refused(Tar::new().hard_link("a", "../secret"), "leads upwards");
}

#[test]
fn attack_hard_link_through_a_planted_link() {
    let host = Host::new();
    let folder = host.folder.path().display().to_string();
    let tar = Tar::new().extension(&[("linkpath", &folder)]).symlink("out", "x").hard_link("a", "out/secret");
    assert!(host.unpack(&tar.bytes()).is_err());
    host.assert_untouched();
}

#[test]
fn attack_hard_link_to_a_folder() {
    refused(Tar::new().folder("d").hard_link("a", "d"), "second name for a folder");
    refused(Tar::new().hard_link("a", "."), "second name for the root");
}

#[test]
fn a_hard_link_to_itself_changes_nothing() {
    let host = Host::new();
    host.unpack(&Tar::new().file("a", "1").hard_link("a", "a").bytes()).unwrap();
    assert_eq!(host.read("a"), "1");
}

#[test]
fn attack_whiteout_through_a_planted_link() {
    let host = Host::new();
    let folder = host.folder.path().display().to_string();
    let lower = Tar::new().extension(&[("linkpath", &folder)]).symlink("out", "x").symlink("up", "../..");
    let upper = Tar::new().file("out/.wh.secret", "").file("up/.wh.secret", "").file("out/.wh..wh..opq", "");
    let result = host.unpack(&layers(vec![lower, upper]));
    host.assert_untouched();
    result.unwrap();
}

#[test]
fn attack_whiteout_of_the_folder_itself() {
    for name in [".wh..", ".wh...", ".wh."] {
        let host = Host::new();
        let error = host.unpack(&layers(vec![Tar::new().file(name, "")])).unwrap_err();
        assert!(error.to_string().contains("hides no file"), "{name}: {error}");
        host.assert_untouched();
    }
}

#[test]
fn attack_device_node() {
    for kind in [EntryType::Char, EntryType::Block] {
        refused(Tar::new().special("disk", kind), "a device node");
    }
    let host = Host::new();
    host.unpack(&Tar::new().folder("dev").special("dev/null", EntryType::Char).bytes()).unwrap();
    assert!(!host.exists("dev/null"), "it would be hidden anyway");
}

#[test]
fn attack_file_where_a_folder_is_needed() {
    refused(Tar::new().file("a", "1").file("a/b", "2"), "its folder is no folder");
    refused(Tar::new().symlink("a", "a").file("a/b", "2"), "its folder is no folder");
}

#[test]
fn attack_sparse_and_unknown_entries() {
    refused(Tar::new().special("huge", EntryType::GNUSparse), "sparse");
    refused(Tar::new().special("odd", EntryType::new(b'Z')), "unknown type");
}

#[test]
fn attack_too_many_entries_and_bytes() {
    let limits = Limits { bytes: 100_000, entries: 5 };
    let host = Host::new();
    let many = (0..6).fold(Tar::new(), |tar, n| tar.file(&format!("f{n}"), "")).bytes();
    let error = unpack(&mut on_disk(&many), &host.root(), limits).unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge { limit: 5, .. }), "{error}");
    let bomb = Tar::new().file("zeros", vec![0; 1 << 20]).gzip();
    assert!(unpack(&mut on_disk(&bomb), &host.root(), limits).is_err());
}

#[test]
fn attack_layer_that_is_not_what_was_announced() {
    let host = Host::new();
    let bytes = layout(&[Tar::new().file("a", "1").gzip()], json!({}), |files| {
        let (_, layer) = files.last_mut().unwrap();
        let end = layer.len() - 1;
        layer[end] ^= 1;
    });
    assert!(matches!(host.unpack(&bytes), Err(ArchiveError::Digest { .. })));
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
    Images::open(folder, "/bin/busybox".into(), RegistrySettings::default()).unwrap()
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
        assert_eq!(fs::read_dir(folder.path().join("images")).unwrap().count(), 0, "nothing is left of a failure");
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
