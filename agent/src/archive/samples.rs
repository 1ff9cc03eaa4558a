//! Archives made for tests, honest and hostile ones.

use super::Fingerprint;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{Seek, Write};
use tar::{EntryType, Header};

/// A tar in the making.
pub(crate) struct Tar(tar::Builder<Vec<u8>>);

impl Tar {
    pub(crate) fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    fn add(mut self, name: &str, link: &str, kind: EntryType, mode: u32, bytes: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        // Written directly: the builder refuses the names that tests are about.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(bytes.len() as u64);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1_700_000_000);
        header.set_cksum();
        self.0.append(&header, bytes).unwrap();
        self
    }

    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.add(name, "", EntryType::Regular, 0o644, bytes.as_ref())
    }

    pub(crate) fn program(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.add(name, "", EntryType::Regular, 0o755, bytes.as_ref())
    }

    pub(crate) fn mode(self, name: &str, mode: u32, bytes: impl AsRef<[u8]>) -> Self {
        self.add(name, "", EntryType::Regular, mode, bytes.as_ref())
    }

    pub(crate) fn folder(self, name: &str) -> Self {
        self.add(name, "", EntryType::Directory, 0o755, b"")
    }

    pub(crate) fn symlink(self, name: &str, target: &str) -> Self {
        self.add(name, target, EntryType::Symlink, 0o777, b"")
    }

    pub(crate) fn hard_link(self, name: &str, target: &str) -> Self {
        self.add(name, target, EntryType::Link, 0o644, b"")
    }

    pub(crate) fn special(self, name: &str, kind: EntryType) -> Self {
        self.add(name, "", kind, 0o600, b"")
    }

    /// An extended header for the next entry.
    pub(crate) fn extension(self, records: &[(&str, &str)]) -> Self {
        let bytes: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.add("extension", "", EntryType::XHeader, 0o644, &bytes)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }

    pub(crate) fn gzip(self) -> Vec<u8> {
        gzip(&self.bytes())
    }
}

fn record(key: &str, value: &str) -> Vec<u8> {
    let body = format!(" {key}={value}\n");
    let mut length = body.len() + 1;
    while length != body.len() + length.to_string().len() {
        length = body.len() + length.to_string().len();
    }
    format!("{length}{body}").into_bytes()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstandard(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// `sha256:...`.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Fingerprint::of(bytes)
}

/// An OCI layout of gzip layers; `change` may spoil the parts before they are packed.
pub(crate) fn layout(
    layers: &[Vec<u8>],
    config: serde_json::Value,
    change: impl Fn(&mut Vec<(String, Vec<u8>)>),
) -> Vec<u8> {
    let descriptor = |kind: &str, bytes: &[u8]| {
        let media_type = format!("application/vnd.oci.image.{kind}");
        serde_json::json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
    };
    let name = |bytes: &[u8]| format!("blobs/sha256/{}", &digest(bytes)[7..]);
    let config = serde_json::json!({ "architecture": "amd64", "os": "linux", "config": config }).to_string();
    let descriptors: Vec<_> = layers.iter().map(|layer| descriptor("layer.v1.tar+gzip", layer)).collect();
    let manifest = serde_json::json!({
        "schemaVersion": 2, "config": descriptor("config.v1+json", config.as_bytes()), "layers": descriptors,
    })
    .to_string();
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [descriptor("manifest.v1+json", manifest.as_bytes())] });
    let mut files = vec![
        ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
        ("index.json".to_owned(), index.to_string().into_bytes()),
        (name(config.as_bytes()), config.into_bytes()),
        (name(manifest.as_bytes()), manifest.into_bytes()),
    ];
    files.extend(layers.iter().map(|layer| (name(layer), layer.clone())));
    change(&mut files);
    files.iter().fold(Tar::new(), |tar, (name, bytes)| tar.file(name, bytes)).bytes()
}

/// An open file with these bytes.
pub(crate) fn on_disk(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}
