use super::LogSink;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// Files held open; more zones than that are logged by opening them again.
const OPEN: usize = 128;

/// How much of a stream is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Octets of a file; one that is larger makes room for the next. The lines that pass it go to the old one.
    pub bytes: u64,
    /// Older files beside it: `.1` is the newest of them.
    pub old: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, old: 4 }
    }
}

/// Streams as files: `<folder>/<log group>/<stream>.log`.
pub struct Files {
    folder: PathBuf,
    limits: Limits,
    open: BTreeMap<PathBuf, Open>,
}

struct Open {
    file: File,
    bytes: u64,
}

impl Files {
    /// Below `folder`, which is made.
    pub fn new(folder: &Path, limits: Limits) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), limits, open: BTreeMap::new() })
    }

    /// The file of a stream. What would lead out of the folder is refused here too, wherever it comes from.
    fn path(&self, group: &str, stream: &str) -> io::Result<PathBuf> {
        let below = PathBuf::from(format!("{}/{stream}.log", group.trim_start_matches('/')));
        match below.components().all(|part| matches!(part, Component::Normal(_))) {
            true => Ok(self.folder.join(below)),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "no name of a log group")),
        }
    }

    fn open(&mut self, path: &Path) -> io::Result<&mut Open> {
        if !self.open.contains_key(path) {
            if self.open.len() >= OPEN {
                self.open.clear();
            }
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            let file = OpenOptions::new().create(true).append(true).open(path)?;
            let bytes = file.metadata()?.len();
            self.open.insert(path.to_owned(), Open { file, bytes });
        }
        self.open.get_mut(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Moves every file one further and forgets the oldest.
    fn rotate(&self, path: &Path) -> io::Result<()> {
        let name = |number: u32| match number {
            0 => path.to_owned(),
            number => PathBuf::from(format!("{}.{number}", path.display())),
        };
        if self.limits.old == 0 {
            return fs::remove_file(path);
        }
        for number in (0..self.limits.old).rev() {
            match fs::rename(name(number), name(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl LogSink for Files {
    fn append(&mut self, group: &str, stream: &str, lines: &str) -> io::Result<()> {
        let path = self.path(group, stream)?;
        let most = self.limits.bytes;
        let open = self.open(&path)?;
        let written = open.file.write_all(lines.as_bytes());
        open.bytes += lines.len() as u64;
        let is_full = open.bytes >= most;
        if is_full || written.is_err() {
            self.open.remove(&path);
        }
        written?;
        if is_full { self.rotate(&path) } else { Ok(()) }
    }
}
