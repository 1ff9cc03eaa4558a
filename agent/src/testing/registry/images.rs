//! Images that tests make and push.

use super::{Registry, exchange};
use crate::archive::samples::{digest, gzip};
use serde_json::{Value, json};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIGURATION: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A layer: its tar, and how it travels.
#[derive(Clone)]
pub(crate) struct Layer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
    pub(crate) diff_id: String,
}

impl Layer {
    pub(crate) fn gzip(tar: &[u8]) -> Self {
        Self { bytes: gzip(tar), media_type: GZIP, diff_id: digest(tar) }
    }

    pub(crate) fn digest(&self) -> String {
        digest(&self.bytes)
    }
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

impl Registry {
    pub(crate) fn push_blob(&self, repository: &str, bytes: &[u8]) {
        let (status, head, _) =
            exchange(self.port(), "POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
        assert_eq!(status, 202, "{head}");
        let location = head.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap();
        let path = &location[location.find("/v2/").unwrap()..];
        let octets = "Content-Type: application/octet-stream\r\n";
        let path = format!("{path}&digest={}", digest(bytes));
        let (status, head, body) = exchange(self.port(), "PUT", &path, octets, bytes);
        assert_eq!(status, 201, "{head}\n{}", String::from_utf8_lossy(&body));
    }

    /// Returns the digest.
    pub(crate) fn push_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        media_type: &str,
        document: &Value,
    ) -> String {
        let bytes = document.to_string().into_bytes();
        let name = tag.map_or_else(|| digest(&bytes), str::to_owned);
        let path = format!("/v2/{repository}/manifests/{name}");
        let header = format!("Content-Type: {media_type}\r\n");
        let (status, head, body) = exchange(self.port(), "PUT", &path, &header, &bytes);
        assert_eq!(status, 201, "{head}\n{}", String::from_utf8_lossy(&body));
        digest(&bytes)
    }

    /// An image for one architecture; returns its descriptor for an index.
    pub(crate) fn push_image(
        &self,
        repository: &str,
        tag: Option<&str>,
        architecture: &str,
        config: &Value,
        layers: &[Layer],
    ) -> Value {
        let diff_ids: Vec<_> = layers.iter().map(|layer| layer.diff_id.clone()).collect();
        let configuration = json!({
            "architecture": architecture, "os": "linux", "config": config,
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let configuration = configuration.to_string().into_bytes();
        self.push_blob(repository, &configuration);
        layers.iter().for_each(|layer| self.push_blob(repository, &layer.bytes));
        let described: Vec<_> = layers.iter().map(|it| descriptor(it.media_type, &it.bytes)).collect();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": descriptor(CONFIGURATION, &configuration), "layers": described,
        });
        self.push_manifest(repository, tag, MANIFEST, &manifest);
        let mut entry = descriptor(MANIFEST, manifest.to_string().as_bytes());
        entry["platform"] = json!({ "architecture": architecture, "os": "linux" });
        entry
    }

    /// An index of several; returns its digest.
    pub(crate) fn push_index(&self, repository: &str, tag: &str, entries: &[Value]) -> String {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
        self.push_manifest(repository, Some(tag), INDEX, &index)
    }
}
