//! Every attack on unpacking that we know by name.

use super::*;

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
fn attack_writing_through_a_hard_link_of_a_link() {
    let host = Host::new();
    let secret = host.secret();
    let tar = Tar::new()
        .extension(&[("linkpath", &secret)])
        .symlink("a", "x")
        .hard_link("b", "a")
        .file("b", "taken");
    host.unpack(&tar.bytes()).unwrap();
    host.assert_untouched();
    assert_eq!(host.read("b"), "taken");
    assert!(fs::symlink_metadata(host.root().join("a")).unwrap().is_symlink());
}

#[test]
fn attack_a_lower_layer_links_what_an_upper_one_fills() {
    let host = Host::new();
    let folder = host.folder.path().display().to_string();
    let planted = || Tar::new().extension(&[("linkpath", &folder)]).symlink("out", "x");
    for upper in [
        Tar::new().folder("out/d"),
        Tar::new().symlink("out/secret", "/etc/passwd"),
        Tar::new().file("a", "1").hard_link("out/secret", "a"),
        Tar::new().special("out/fifo", EntryType::Fifo),
    ] {
        assert!(host.unpack(&layers(vec![planted(), upper])).is_err());
        host.assert_untouched();
        fs::remove_dir_all(host.root()).unwrap();
        fs::create_dir(host.root()).unwrap();
    }
}

#[test]
fn attack_whiteout_of_a_link_takes_the_link_only() {
    let host = Host::new();
    let secret = host.secret();
    let lower = Tar::new().extension(&[("linkpath", &secret)]).symlink("a", "x");
    host.unpack(&layers(vec![lower, Tar::new().file(".wh.a", "")])).unwrap();
    host.assert_untouched();
    assert!(!host.exists("a"));
}

#[test]
fn attack_whiteout_behind_a_file() {
    let host = Host::new();
    host.unpack(&layers(vec![Tar::new().file("a", "1"), Tar::new().file("a/.wh.b", "")])).unwrap();
    assert_eq!(host.read("a"), "1", "there was nothing to hide");
}

/// GNU tar writes sparse files in headers of the newer kind too, where a reader that does not know them takes the map of
/// holes for the file.
#[test]
fn attack_sparse_in_an_extended_header() {
    for key in ["GNU.sparse.major", "GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.map"] {
        refused(Tar::new().extension(&[(key, "1099511627776")]).file("huge", "0\n"), "sparse");
    }
}

#[test]
fn attack_a_size_that_no_disk_has() {
    for size in ["1099511627776", "18446744073709551615", "-1"] {
        let tar = Tar::new().extension(&[("size", size)]).file("huge", "x");
        let host = Host::new();
        assert!(host.unpack(&tar.bytes()).is_err(), "{size}");
        host.assert_untouched();
    }
}

/// Inside, set-id bits are inert ([`crate::backend::linux::container`] starts everything with no new privileges); on the
/// host a stranger's setuid root program must be out of everybody's reach.
#[tokio::test]
async fn attack_setuid_programs_are_for_root_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let bytes = Tar::new().mode("bin/su", 0o4755, fs::read("/bin/busybox").unwrap()).bytes();
    let images = images(folder.path());
    let image = image(&digest(&bytes), "import");
    images.add(&image, Some(stream(vec![Ok(bytes)]))).await.unwrap();
    let program = images.root(&image.digest).unwrap().join("bin/su");
    assert_eq!(fs::metadata(&program).unwrap().mode() & 0o7777, 0o4755, "the image is what it is");
    let mut call = std::process::Command::new(&program);
    let error = std::os::unix::process::CommandExt::uid(&mut call, 65_534).arg("id").output().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
}
