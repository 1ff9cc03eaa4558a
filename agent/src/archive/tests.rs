//! Archives of every kind, looked at.

use super::samples::{Tar, digest, gzip, layout, on_disk, zstandard};
use super::*;
use serde_json::json;

fn root_file_system() -> Tar {
    Tar::new().folder("./").folder("etc/").file("etc/hostname", "box\n").symlink("bin", "usr/bin")
}

fn inspected(bytes: &[u8]) -> Result<Inspection, ArchiveError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    inspect(file.path())
}

fn web_config() -> serde_json::Value {
    json!({ "Entrypoint": ["/srv"], "Cmd": ["-v"], "Env": ["A=1"], "WorkingDir": "/data", "User": "" })
}

#[test]
fn a_root_file_system_plain_and_compressed() {
    for bytes in [root_file_system().bytes(), root_file_system().gzip()] {
        let found = inspected(&bytes).unwrap();
        assert_eq!((found.digest, found.size), (digest(&bytes), bytes.len() as u64));
        assert!(found.command.is_empty());
    }
}

#[test]
fn a_layout_says_what_to_run() {
    let bytes = layout(&[root_file_system().gzip()], web_config(), |_| {});
    let found = inspected(&bytes).unwrap();
    assert_eq!(found.digest, digest(&bytes));
    assert_eq!(found.command, ["/srv", "-v"]);
    assert_eq!(found.environment, ["A=1"]);
    assert_eq!(found.working_directory, "/data");
}

#[test]
fn a_layout_is_read_from_the_bottom_layer_up() {
    let (lower, upper) = (Tar::new().file("a", "1").gzip(), Tar::new().file("a", "2").gzip());
    let mut archive = on_disk(&layout(&[lower.clone(), upper.clone()], json!({}), |_| {}));
    let Contents::Layout(found) = open(&mut archive).unwrap() else { panic!("not a layout") };
    let digests: Vec<_> = found.layers.iter().map(|layer| layer.digest.clone()).collect();
    assert_eq!(digests, [digest(&lower), digest(&upper)]);
    for layer in found.layers {
        layer.verify(&mut archive).unwrap();
    }
}

#[test]
fn damaged_layouts_are_refused() {
    type Change = fn(&mut Vec<(String, Vec<u8>)>);
    let cases: [(&str, Change, &str); 6] = [
        ("index missing", |files| drop(files.remove(1)), "index.json: missing"),
        ("index damaged", |files| files[1].1.truncate(9), "index.json: "),
        ("configuration missing", |files| drop(files.remove(2)), "configuration: blob sha256:"),
        ("manifest changed", |files| files[3].1[10] ^= 1, "digest is"),
        ("layer cut", |files| files[4].1.truncate(9), "announced were"),
        ("a blob twice", |files| files.push(files[2].clone()), "occurs twice"),
    ];
    for (name, change, text) in cases {
        let error = inspected(&layout(&[root_file_system().gzip()], web_config(), change)).unwrap_err();
        assert!(error.to_string().contains(text), "{name}: {error}");
    }
}

#[test]
fn images_that_cannot_run_here_are_refused() {
    let user = layout(&[], json!({ "User": "nobody" }), |_| {});
    assert!(inspected(&user).unwrap_err().to_string().contains("User is \"nobody\""));
    let zipped = gzip(&layout(&[], json!({}), |_| {}));
    assert!(inspected(&zipped).unwrap_err().to_string().contains("decompress it first"));
    let old = Tar::new().file("manifest.json", "[]").file("repositories", "{}").bytes();
    assert!(inspected(&old).unwrap_err().to_string().contains("docker save"));
    let xz = [0xfd, b'7', b'z', b'X', b'Z', 0, 0, 0];
    assert!(inspected(&xz).unwrap_err().to_string().contains("only gzip and zstd"));
}

#[test]
fn noise_is_an_error() {
    let mut cut = root_file_system().gzip();
    cut.truncate(cut.len() / 2);
    for bytes in [&b"not a tar, but long enough to be looked at as if it were one".repeat(20)[..], &cut] {
        assert!(inspected(bytes).is_err());
    }
}

/// The members of a tar, or the first error.
fn members_of(bytes: &[u8], limit: u64, entries: u64) -> Result<Vec<Member>, ArchiveError> {
    let mut stream = Stream::open(bytes, limit)?;
    let mut found = Vec::new();
    members::visit(&mut stream, &mut Allowance::new(entries), |member, _| {
        found.push(member);
        Ok(())
    })?;
    Ok(found)
}

#[test]
fn names_are_taken_apart() {
    let part = |text: &str| text.as_bytes().to_vec();
    for (name, expected) in
        [("/a//b/./c", vec![part("a"), part("b"), part("c")]), ("./", vec![]), ("..a", vec![part("..a")])]
    {
        assert_eq!(members::parts(name.as_bytes()).unwrap(), expected, "{name}");
    }
    for name in ["..", "../a", "a/../b", "a/..", "/../../etc"] {
        assert!(members::parts(name.as_bytes()).is_err(), "{name}");
    }
    assert!(members::parts(&[b'a'; 5000]).is_err());
    assert!(members::parts(b"a\0b").is_err());
}

#[test]
fn extended_headers_are_obeyed() {
    let long = "d/".repeat(100) + "file";
    let tar = Tar::new()
        .extension(&[("path", &long), ("uid", "70000"), ("SCHILY.xattr.user.x", "line\nbreak")])
        .file("short", "bytes")
        .extension(&[("linkpath", "somewhere\nelse")])
        .symlink("link", "cut");
    let found = members_of(&tar.bytes(), 1 << 20, 10).unwrap();
    assert_eq!((found[0].path.len(), found[0].uid, found[0].size), (101, 70_000, 5));
    assert_eq!(found[1].kind, Kind::Symlink(b"somewhere\nelse".to_vec()));
}

#[test]
fn extended_headers_that_lie_are_refused() {
    let sizes = Tar::new().extension(&[("size", "4")]).file("a", "bytes").bytes();
    assert!(members_of(&sizes, 1 << 20, 10).unwrap_err().to_string().contains("two sizes"));
    let upwards = Tar::new().extension(&[("path", "../../etc/passwd")]).file("a", "x").bytes();
    assert!(members_of(&upwards, 1 << 20, 10).unwrap_err().to_string().contains("upwards"));
    let huge = "x".repeat(2 << 20);
    let header = Tar::new().extension(&[("path", &huge)]).file("a", "x").bytes();
    assert!(matches!(members_of(&header, 1 << 30, 10), Err(ArchiveError::TooLarge { .. })));
}

#[test]
fn bombs_are_defused() {
    let bomb = Tar::new().file("zeros", vec![0; 8 << 20]).gzip();
    assert!(bomb.len() < 100_000);
    let error = members_of(&bomb, 1 << 20, 10).unwrap_err();
    assert!(matches!(error, ArchiveError::Io(_)), "{error:?}");
    let many = (0..20).fold(Tar::new(), |tar, n| tar.file(&format!("f{n}"), "")).bytes();
    assert!(matches!(members_of(&many, 1 << 20, 10), Err(ArchiveError::TooLarge { what: "entries", .. })));
}

/// What `zstd` makes of nothing but zeros, with a frame to be skipped and a second frame behind it.
#[test]
fn zstandard_frames_are_read_one_after_another() {
    let zeros = Tar::new().file("zeros", vec![0; 1 << 20]).bytes();
    let frame = zstandard(&zeros);
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    let mut out = Vec::new();
    Stream::open(&[frame.clone(), skipped.clone(), frame.clone()].concat()[..], 1 << 30)
        .unwrap()
        .read_to_end(&mut out)
        .unwrap();
    assert_eq!(out, [zeros.clone(), zeros].concat());
    for damaged in
        [&frame[..frame.len() - 3], &[&frame[..], &skipped[..9]].concat(), &[&frame[..], b"junk"].concat()]
    {
        let mut stream = Stream::open(damaged, 1 << 30).unwrap();
        assert!(stream.read_to_end(&mut Vec::new()).is_err());
    }
    let error = members_of(&frame, 1 << 16, 10).unwrap_err();
    assert!(matches!(error, ArchiveError::Io(_)), "a bomb in this wrapping too: {error:?}");
    // A window of a terabyte is not allocated because a header asks for it.
    let greedy = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0, 0, 0];
    assert!(Stream::open(&greedy[..], 1 << 30).unwrap().read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn cut_anywhere_is_never_a_panic() {
    let whole = layout(&[root_file_system().gzip()], web_config(), |_| {});
    for length in (0..whole.len()).step_by(97) {
        let _ = inspected(&whole[..length]);
    }
}
