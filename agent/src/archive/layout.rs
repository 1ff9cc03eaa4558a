//! OCI image layouts: from `index.json` to the layers of the one image for this machine.
//!
//! <https://github.com/opencontainers/image-spec>. Blobs are looked up inside the archive by position, so nothing is
//! written before it is known to be whole. Every blob is held against the digest that led to it.

use super::document::{self, Configuration, Descriptor, MAX_BYTES, Manifest, Top, own_architecture};
use super::members::{self, Allowance, Kind, Member};
use super::{ArchiveError, Fingerprint, Stream};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Take};

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

struct Reader<'a> {
    archive: &'a mut File,
    places: Places,
}

impl Reader<'_> {
    /// The manifest for this machine, through however many indexes.
    fn manifest(&mut self) -> Result<Manifest, ArchiveError> {
        let place = self.places.get(&b"index.json"[..]);
        let (offset, size) = *place.ok_or_else(|| malformed("index.json: missing"))?;
        let top = Blob { offset, size, digest: String::new() };
        // The one document of a layout that nothing announces.
        let bytes = self.bytes(&top, "index.json")?;
        let mut index =
            Top::parse(&bytes, document::INDEX).map_err(|error| malformed(format!("index.json: {error}")))?;
        for _ in 0..=MAX_DEPTH {
            let chosen = match &index {
                Top::Index(manifests) => document::choose(manifests, own_architecture())?.clone(),
                Top::Manifest(manifest) => return Ok(manifest.clone()),
            };
            index = Top::parse(&self.document(&chosen, "manifest")?, &chosen.media_type)?;
        }
        Err(malformed("index.json: indexes lead to more than 4 indexes"))
    }

    fn image(&mut self, manifest: &Manifest) -> Result<Layout, ArchiveError> {
        let config = Configuration::parse(&self.document(&manifest.config, "configuration")?, manifest)?;
        if !matches!(config.user.as_str(), "" | "0" | "root" | "0:0" | "root:root") {
            let user = config.user;
            return Err(malformed(format!(
                "configuration: User is {user:?}; imported images start as root (push it to a registry and pull it)"
            )));
        }
        let layers =
            manifest.layers.iter().map(|layer| self.blob(layer, "layer")).collect::<Result<_, _>>()?;
        let Configuration { command, environment, working_directory, .. } = config;
        Ok(Layout { layers, command, environment, working_directory })
    }

    fn document(&mut self, descriptor: &Descriptor, what: &str) -> Result<Vec<u8>, ArchiveError> {
        let blob = self.blob(descriptor, what)?;
        blob.verify(self.archive)?;
        self.bytes(&blob, what)
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

    fn bytes(&mut self, blob: &Blob, what: &str) -> Result<Vec<u8>, ArchiveError> {
        if blob.size > MAX_BYTES as u64 {
            return Err(malformed(format!("{what}: {} bytes are more than {MAX_BYTES}", blob.size)));
        }
        let mut bytes = Vec::new();
        blob.read(self.archive)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
