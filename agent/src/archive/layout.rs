//! OCI image layouts: from `index.json` to the layers of the one image for this machine.
//!
//! <https://github.com/opencontainers/image-spec>. Blobs are looked up inside the archive by position, so nothing is
//! written before it is known to be whole. Every blob is held against the digest that led to it.

use super::members::{self, Allowance, Kind, Member};
use super::{ArchiveError, Fingerprint, Stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Take};

/// JSON documents above this size are not ours to read.
const MAX_DOCUMENT: u64 = 4 << 20;
const MAX_LAYERS: usize = 256;
/// Files in `blobs` of one archive.
const MAX_BLOBS: usize = 10_000;
/// Indexes may lead to indexes.
const MAX_DEPTH: usize = 4;
/// Bytes of an archive that is only looked at.
const MAX_ARCHIVE: u64 = 1 << 40;
const MAX_ENTRIES: u64 = 2_000_000;

/// An image: its layers from the bottom up and what its configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// From the bottom up.
    pub layers: Vec<Blob>,
    /// Entry point and arguments.
    pub command: Vec<String>,
    /// `KEY=value`.
    pub environment: Vec<String>,
    /// May be empty.
    pub working_directory: String,
}

/// A piece of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Where it starts in the archive.
    pub offset: u64,
    /// Its bytes.
    pub size: u64,
    /// Announced for it.
    pub digest: String,
}

impl Blob {
    /// The bytes.
    pub fn read<'a>(&self, archive: &'a mut File) -> Result<Take<&'a mut File>, ArchiveError> {
        archive.seek(SeekFrom::Start(self.offset))?;
        Ok(archive.take(self.size))
    }

    /// Holds the bytes against the digest.
    pub fn verify(&self, archive: &mut File) -> Result<(), ArchiveError> {
        let mut hasher = Fingerprint::default();
        let mut source = self.read(archive)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match source.read(&mut buffer)? {
                0 => break,
                n => hasher.update(&buffer[..n]),
            }
        }
        let (found, _) = hasher.finish();
        if found == self.digest {
            return Ok(());
        }
        Err(ArchiveError::Digest { what: "blob".into(), announced: self.digest.clone(), found })
    }
}

/// Positions of the files in a layout.
type Places = BTreeMap<Vec<u8>, (u64, u64)>;

/// The layout in an archive; `None` if the archive is something else.
pub(super) fn read(archive: &mut File) -> Result<Option<Layout>, ArchiveError> {
    let (places, compressed) = survey(archive)?;
    if !places.contains_key(&b"oci-layout"[..]) {
        return match places.contains_key(&b"manifest.json"[..]) && places.contains_key(&b"repositories"[..]) {
            true => Err(malformed("an old `docker save` archive; save it as an OCI layout")),
            false => Ok(None),
        };
    }
    if compressed {
        return Err(malformed("an OCI layout in a compressed archive; decompress it first"));
    }
    let mut reader = Reader { archive, places };
    let manifest = reader.manifest()?;
    reader.image(&manifest).map(Some)
}

/// Reads every header and remembers where the files of a layout are; true if the archive is compressed.
fn survey(archive: &mut File) -> Result<(Places, bool), ArchiveError> {
    archive.seek(SeekFrom::Start(0))?;
    let mut stream = Stream::open(&mut *archive, MAX_ARCHIVE)?;
    let compressed = stream.is_compressed();
    let mut places = Places::new();
    let mut allowance = Allowance::new(MAX_ENTRIES);
    members::visit(&mut stream, &mut allowance, |member, _| remember(&mut places, &member))?;
    Ok((places, compressed))
}

fn remember(places: &mut Places, member: &Member) -> Result<(), ArchiveError> {
    let name = member.path.join(&b'/');
    if member.kind != Kind::File || !belongs_to_layout(&name) {
        return Ok(());
    }
    if places.len() == MAX_BLOBS {
        return Err(ArchiveError::TooLarge { what: "blobs", limit: MAX_BLOBS as u64 });
    }
    match places.insert(name.clone(), (member.offset, member.size)) {
        // Readers that take the first and readers that take the last see different images.
        Some(_) => Err(ArchiveError::refused(&name, "occurs twice")),
        None => Ok(()),
    }
}

fn belongs_to_layout(name: &[u8]) -> bool {
    const FILES: [&[u8]; 4] = [b"oci-layout", b"index.json", b"manifest.json", b"repositories"];
    FILES.contains(&name) || name.starts_with(b"blobs/sha256/")
}

fn malformed(text: impl Into<String>) -> ArchiveError {
    ArchiveError::Malformed(text.into())
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
    platform: Option<Platform>,
}

#[derive(Clone, Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    config: ImageConfig,
}

/// `null` is as good as nothing in the wild.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImageConfig {
    user: Option<String>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    working_dir: Option<String>,
}

struct Reader<'a> {
    archive: &'a mut File,
    places: Places,
}

impl Reader<'_> {
    /// The manifest for this machine, through however many indexes.
    fn manifest(&mut self) -> Result<Manifest, ArchiveError> {
        let place = self.places.get(&b"index.json"[..]);
        let (offset, size) = *place.ok_or_else(|| malformed("index.json: missing"))?;
        let mut index: Index =
            document(&Blob { offset, size, digest: String::new() }, self.archive, "index.json")?;
        for _ in 0..MAX_DEPTH {
            let chosen = choose(&index.manifests)?.clone();
            if !is_index(&chosen.media_type) {
                return self.document(&chosen, "manifest");
            }
            index = self.document(&chosen, "index")?;
        }
        Err(malformed("index.json: indexes lead to more than 4 indexes"))
    }

    fn image(&mut self, manifest: &Manifest) -> Result<Layout, ArchiveError> {
        if manifest.layers.len() > MAX_LAYERS {
            return Err(ArchiveError::TooLarge { what: "layers", limit: MAX_LAYERS as u64 });
        }
        let Image { config } = self.document(&manifest.config, "configuration")?;
        let user = config.user.unwrap_or_default();
        if !matches!(user.as_str(), "" | "0" | "root" | "0:0" | "root:root") {
            return Err(malformed(format!("configuration: User is {user:?}; instances start as root")));
        }
        let layers = manifest.layers.iter().map(|layer| self.layer(layer)).collect::<Result<_, _>>()?;
        let command = config.entrypoint.into_iter().chain(config.cmd).flatten().collect();
        let environment = config.env.unwrap_or_default();
        Ok(Layout { layers, command, environment, working_directory: config.working_dir.unwrap_or_default() })
    }

    fn layer(&self, layer: &Descriptor) -> Result<Blob, ArchiveError> {
        match layer.media_type.rsplit(['.', '+']).next() {
            Some("tar" | "gzip") => self.blob(layer, "layer"),
            _ => Err(malformed(format!("layer: media type {:?} is neither tar nor gzip", layer.media_type))),
        }
    }

    fn document<T: DeserializeOwned>(
        &mut self,
        descriptor: &Descriptor,
        what: &str,
    ) -> Result<T, ArchiveError> {
        let blob = self.blob(descriptor, what)?;
        blob.verify(self.archive)?;
        document(&blob, self.archive, what)
    }

    /// Only SHA-256 is read, and the size must be the announced one.
    fn blob(&self, descriptor: &Descriptor, what: &str) -> Result<Blob, ArchiveError> {
        let digest = &descriptor.digest;
        let hex = digest.strip_prefix("sha256:").filter(|hex| hex.len() == 64);
        let hex = hex.ok_or_else(|| malformed(format!("{what}: digest {digest:?} is not sha256")))?;
        let place = self.places.get(format!("blobs/sha256/{hex}").as_bytes());
        match place {
            None => Err(malformed(format!("{what}: blob {digest} is missing"))),
            Some((_, size)) if *size != descriptor.size => Err(malformed(format!(
                "{what}: blob {digest} has {size} bytes, announced were {}",
                descriptor.size
            ))),
            Some((offset, size)) => Ok(Blob { offset: *offset, size: *size, digest: digest.clone() }),
        }
    }
}

fn document<T: DeserializeOwned>(blob: &Blob, archive: &mut File, what: &str) -> Result<T, ArchiveError> {
    if blob.size > MAX_DOCUMENT {
        return Err(malformed(format!("{what}: {} bytes are more than {MAX_DOCUMENT}", blob.size)));
    }
    let mut bytes = Vec::new();
    blob.read(archive)?.read_to_end(&mut bytes)?;
    serde_json::from_slice(&bytes).map_err(|error| malformed(format!("{what}: {error}")))
}

fn is_index(media_type: &str) -> bool {
    media_type.ends_with(".image.index.v1+json") || media_type.ends_with(".manifest.list.v2+json")
}

/// The one for this machine. A single one without a platform is taken at its word.
fn choose(manifests: &[Descriptor]) -> Result<&Descriptor, ArchiveError> {
    let here = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let fits = |platform: &Platform| platform.os == "linux" && platform.architecture == here;
    let fitting: Vec<_> = manifests.iter().filter(|it| it.platform.as_ref().is_none_or(fits)).collect();
    match fitting[..] {
        [one] => Ok(one),
        [] => Err(malformed(format!("index.json: no image for linux/{here}"))),
        _ => Err(malformed(format!("index.json: {} images for linux/{here}; save one", fitting.len()))),
    }
}
