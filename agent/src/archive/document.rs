//! The documents of an image: index, manifest, configuration.
//!
//! <https://github.com/opencontainers/image-spec>, and Docker's older names for the same things. What readers get wrong:
//! one and the same text can be an index to one reader and a manifest to another (CVE-2021-41190), and its digest vouches
//! for both. So a document is read as what its media type says, and one that has the fields of the other kind is refused.

use super::ArchiveError;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Larger documents are not ours to read.
pub const MAX_BYTES: usize = 4 << 20;
const MAX_LAYERS: usize = 256;
/// Compressed bytes of all layers.
const MAX_LAYER_BYTES: u64 = 32 << 30;

/// An index, as the specification calls it.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const INDEXES: [&str; 2] = [INDEX, "application/vnd.docker.distribution.manifest.list.v2+json"];
const MANIFESTS: [&str; 2] =
    ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];
const CONFIGURATIONS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const LAYERS: [&str; 5] = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
];
/// What a registry is told that we read.
pub const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// An index or a manifest.
#[derive(Clone, Debug)]
pub enum Top {
    /// Manifests of several platforms.
    Index(Vec<Descriptor>),
    /// One image.
    Manifest(Manifest),
}

/// What leads to a blob.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// `sha256:...`
    pub digest: String,
    /// Its bytes.
    pub size: u64,
    /// In an index: what it runs on.
    pub platform: Option<Platform>,
}

/// What an image runs on.
#[derive(Clone, Debug, Deserialize)]
pub struct Platform {
    /// As Go calls it: `amd64`, `arm64`.
    pub architecture: String,
    /// `linux`.
    pub os: String,
    /// Such as `v8`; a narrower one than we ask for.
    pub variant: Option<String>,
}

/// One image.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// Leads to the configuration.
    pub config: Descriptor,
    /// From the bottom up.
    pub layers: Vec<Descriptor>,
}

/// What an image says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Entry point and arguments.
    pub command: Vec<String>,
    /// `KEY=value`.
    pub environment: Vec<String>,
    /// May be empty.
    pub working_directory: String,
    /// `USER[:GROUP]`, names or numbers; may be empty.
    pub user: String,
    /// What it runs on; may be empty.
    pub architecture: String,
    /// Digests of the layers as tars, from the bottom up; empty if it does not say.
    pub diff_ids: Vec<String>,
}

impl Top {
    /// Reads `bytes`, which were announced as `media_type`.
    pub fn parse(bytes: &[u8], media_type: &str) -> Result<Self, ArchiveError> {
        /// The fields by which the two are told apart.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            schema_version: Option<u64>,
            media_type: Option<String>,
            manifests: Option<serde::de::IgnoredAny>,
            config: Option<serde::de::IgnoredAny>,
            layers: Option<serde::de::IgnoredAny>,
            fs_layers: Option<serde::de::IgnoredAny>,
        }
        #[derive(Deserialize)]
        struct Index {
            manifests: Vec<Descriptor>,
        }
        let kind: Kind = json(bytes, "manifest")?;
        if kind.fs_layers.is_some() || kind.schema_version == Some(1) {
            return Err(malformed("manifest: schema version 1 is not read any more; push the image again"));
        }
        if kind.media_type.as_deref().is_some_and(|own| own != media_type) {
            let own = kind.media_type.unwrap_or_default();
            return Err(malformed(format!("manifest: announced as {media_type:?}, but it says {own:?}")));
        }
        let is_index = INDEXES.contains(&media_type);
        let mixed =
            if is_index { kind.config.is_some() || kind.layers.is_some() } else { kind.manifests.is_some() };
        if mixed {
            return Err(malformed("manifest: has the fields of an index and of a manifest"));
        }
        if is_index {
            return Ok(Self::Index(json::<Index>(bytes, "index")?.manifests));
        }
        if !MANIFESTS.contains(&media_type) {
            return Err(malformed(format!(
                "manifest: media type {media_type:?} is neither manifest nor index"
            )));
        }
        let manifest: Manifest = json(bytes, "manifest")?;
        manifest.check()?;
        Ok(Self::Manifest(manifest))
    }
}

impl Descriptor {
    fn fits(&self, architecture: &str) -> bool {
        self.platform.as_ref().is_none_or(|it| it.os == "linux" && it.architecture == architecture)
    }

    /// Its digest is one of those that are computed here.
    fn check(&self, what: &str) -> Result<(), ArchiveError> {
        if controlplane_types::image_reference::is_sha256(&self.digest) {
            return Ok(());
        }
        Err(malformed(format!("{what}: digest {:?} is not sha256", self.digest)))
    }
}

impl Manifest {
    fn check(&self) -> Result<(), ArchiveError> {
        if self.layers.len() > MAX_LAYERS {
            return Err(ArchiveError::TooLarge { what: "layers", limit: MAX_LAYERS as u64 });
        }
        if !CONFIGURATIONS.contains(&self.config.media_type.as_str()) {
            let found = &self.config.media_type;
            return Err(malformed(format!("configuration: media type {found:?} is not that of an image")));
        }
        self.config.check("configuration")?;
        let mut left = MAX_LAYER_BYTES;
        for layer in &self.layers {
            layer.check("layer")?;
            if !LAYERS.contains(&layer.media_type.as_str()) {
                let found = &layer.media_type;
                return Err(malformed(format!("layer: media type {found:?} is none of tar, gzip and zstd")));
            }
            let too_large = ArchiveError::TooLarge { what: "bytes of layers", limit: MAX_LAYER_BYTES };
            left = left.checked_sub(layer.size).ok_or(too_large)?;
        }
        Ok(())
    }

    /// Compressed bytes of all layers.
    pub fn layer_bytes(&self) -> u64 {
        self.layers.iter().map(|layer| layer.size).sum()
    }
}

impl Configuration {
    /// Reads the configuration of `manifest`.
    pub fn parse(bytes: &[u8], manifest: &Manifest) -> Result<Self, ArchiveError> {
        let image: Image = json(bytes, "configuration")?;
        let diff_ids = image.rootfs.diff_ids;
        if !diff_ids.is_empty() && diff_ids.len() != manifest.layers.len() {
            let (named, there) = (diff_ids.len(), manifest.layers.len());
            return Err(malformed(format!("configuration: names {named} layers, the manifest has {there}")));
        }
        if !matches!(image.os.as_str(), "" | "linux") {
            return Err(malformed(format!("configuration: made for {}, not for linux", image.os)));
        }
        Ok(Self {
            command: image.config.entrypoint.into_iter().chain(image.config.cmd).flatten().collect(),
            environment: image.config.env.unwrap_or_default(),
            working_directory: image.config.working_dir.unwrap_or_default(),
            user: image.config.user.unwrap_or_default(),
            architecture: image.architecture,
            diff_ids,
        })
    }
}

#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    config: Settings,
    #[serde(default)]
    rootfs: RootFs,
}

#[derive(Default, Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<String>,
}

/// `null` is as good as nothing in the wild.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Settings {
    user: Option<String>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: Option<String>,
}

/// This machine's architecture, as images call it.
pub fn own_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The manifest for `architecture` in an index. One without a platform is taken at its word; of several the one without
/// a variant runs everywhere.
pub fn choose<'a>(manifests: &'a [Descriptor], architecture: &str) -> Result<&'a Descriptor, ArchiveError> {
    let fitting: Vec<&Descriptor> = manifests.iter().filter(|it| it.fits(architecture)).collect();
    let plain = |it: &&Descriptor| it.platform.as_ref().is_none_or(|platform| platform.variant.is_none());
    match (&fitting[..], fitting.iter().copied().filter(plain).collect::<Vec<_>>().as_slice()) {
        ([one], _) | (_, [one]) => one.check("index").map(|()| *one),
        ([], _) => Err(malformed(format!("index: no image for linux/{architecture}"))),
        _ => Err(malformed(format!("index: {} images for linux/{architecture}", fitting.len()))),
    }
}

fn json<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, ArchiveError> {
    if bytes.len() > MAX_BYTES {
        return Err(malformed(format!("{what}: {} bytes are more than {MAX_BYTES}", bytes.len())));
    }
    serde_json::from_slice(bytes).map_err(|error| malformed(format!("{what}: {error}")))
}

fn malformed(text: impl Into<String>) -> ArchiveError {
    ArchiveError::Malformed(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn descriptor(media_type: &str) -> Value {
        json!({ "mediaType": media_type, "digest": DIGEST, "size": 3 })
    }

    fn manifest() -> Value {
        json!({ "schemaVersion": 2, "config": descriptor(CONFIGURATIONS[0]), "layers": [descriptor(LAYERS[1])] })
    }

    fn index() -> Value {
        json!({ "schemaVersion": 2, "manifests": [descriptor(MANIFESTS[0])] })
    }

    fn parse(document: &Value, media_type: &str) -> Result<Top, String> {
        Top::parse(document.to_string().as_bytes(), media_type).map_err(|error| error.to_string())
    }

    #[test]
    fn documents_are_what_their_media_type_says() {
        for media_type in MANIFESTS {
            assert!(matches!(parse(&manifest(), media_type), Ok(Top::Manifest(_))), "{media_type}");
        }
        for media_type in INDEXES {
            assert!(matches!(parse(&index(), media_type), Ok(Top::Index(_))), "{media_type}");
        }
    }

    #[test]
    fn attack_media_type_confusion() {
        let with = |mut document: Value, key: &str, value: Value| {
            document[key] = value;
            document
        };
        let both = with(manifest(), "manifests", index()["manifests"].clone());
        let chart = with(manifest(), "config", descriptor("application/vnd.cncf.helm.config.v1+json"));
        let foreign = with(
            manifest(),
            "layers",
            json!([descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")]),
        );
        let short =
            with(manifest(), "layers", json!([{ "mediaType": LAYERS[0], "digest": "sha256:12", "size": 1 }]));
        let huge = with(
            manifest(),
            "layers",
            json!([{ "mediaType": LAYERS[0], "digest": DIGEST, "size": u64::MAX }]),
        );
        for (document, media_type, expected) in [
            (both.clone(), MANIFESTS[0], "fields of an index and of a manifest"),
            (both, INDEXES[0], "fields of an index and of a manifest"),
            (with(manifest(), "mediaType", INDEXES[0].into()), MANIFESTS[0], "but it says"),
            (with(index(), "mediaType", MANIFESTS[0].into()), INDEXES[0], "but it says"),
            (manifest(), INDEXES[0], "fields of an index and of a manifest"),
            (index(), MANIFESTS[0], "fields of an index and of a manifest"),
            (manifest(), "application/json", "neither manifest nor index"),
            (manifest(), "", "neither manifest nor index"),
            (json!({ "schemaVersion": 1, "fsLayers": [] }), MANIFESTS[1], "schema version 1"),
            (chart, MANIFESTS[0], "not that of an image"),
            (foreign, MANIFESTS[0], "none of tar, gzip and zstd"),
            (short, MANIFESTS[0], "is not sha256"),
            (huge, MANIFESTS[0], "bytes of layers"),
            (json!([]), MANIFESTS[0], "manifest:"),
        ] {
            let error = parse(&document, media_type).unwrap_err();
            assert!(error.contains(expected), "{document} as {media_type}: {error}");
        }
    }

    #[test]
    fn each_architecture_finds_its_own() {
        let entry = |architecture: &str, os: &str, variant: Option<&str>| {
            let mut entry = descriptor(MANIFESTS[0]);
            entry["platform"] = json!({ "architecture": architecture, "os": os, "variant": variant });
            entry["size"] = (variant.map_or(0, str::len) + architecture.len()).into();
            serde_json::from_value::<Descriptor>(entry).unwrap()
        };
        let all = [
            entry("amd64", "linux", None),
            entry("amd64", "linux", Some("v3")),
            entry("amd64", "windows", None),
            entry("arm64", "linux", Some("v8")),
            entry("arm", "linux", Some("v6")),
            entry("arm", "linux", Some("v7")),
            entry("unknown", "unknown", None),
        ];
        assert_eq!(choose(&all, "amd64").unwrap().size, 5);
        assert_eq!(choose(&all, "arm64").unwrap().size, 7);
        assert!(choose(&all, "arm").unwrap_err().to_string().contains("2 images for linux/arm"));
        assert!(choose(&all, "riscv64").unwrap_err().to_string().contains("no image for linux/riscv64"));
    }

    #[test]
    fn configurations_say_what_to_start() {
        let Ok(Top::Manifest(manifest)) = parse(&manifest(), MANIFESTS[0]) else { panic!() };
        let parse = |value: Value| {
            Configuration::parse(value.to_string().as_bytes(), &manifest).map_err(|error| error.to_string())
        };
        let found = parse(json!({
            "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": [DIGEST] },
            "config": { "Entrypoint": ["/e"], "Cmd": ["c"], "Env": null, "WorkingDir": "/w", "User": "nobody" },
        }));
        let found = found.unwrap();
        assert_eq!((found.command, found.user), (vec!["/e".to_owned(), "c".to_owned()], "nobody".to_owned()));
        assert_eq!(parse(json!({})), Ok(Configuration::default()));
        assert!(parse(json!({ "os": "windows" })).unwrap_err().contains("windows"));
        assert!(
            parse(json!({ "rootfs": { "diff_ids": [DIGEST, DIGEST] } })).unwrap_err().contains("names 2")
        );
    }
}
