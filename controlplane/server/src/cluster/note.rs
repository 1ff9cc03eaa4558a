//! The note beside a server's log: a small file, replaced as a whole.

use super::origin::{OriginError, Removed};
use controlplane_raft::NodeId;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

const NAME: &str = "member.json";

/// How the folder came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// Its server founded the cluster, or goes on alone after a restore.
    Founded,
    /// Its server joined.
    Joined,
}

/// What the log cannot say, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    pub(crate) origin: Origin,
    /// As given at the beginning; the log knows better once it has an identity.
    pub(crate) cluster: String,
    pub(crate) number: NodeId,
    /// Servers of the cluster that was joined.
    #[serde(default)]
    pub(crate) servers: Vec<String>,
    /// The log was there once.
    #[serde(default)]
    pub(crate) started: bool,
    /// The server was put out.
    #[serde(default)]
    removed: bool,
}

impl Note {
    pub(crate) fn founded(cluster: String) -> Self {
        Self {
            origin: Origin::Founded,
            cluster,
            number: 1,
            servers: Vec::new(),
            started: false,
            removed: false,
        }
    }

    pub(crate) fn joined(cluster: String, number: NodeId, servers: Vec<String>) -> Self {
        Self { origin: Origin::Joined, number, servers, ..Self::founded(cluster) }
    }

    pub(super) fn read(dir: &Path) -> Result<Option<Self>, OriginError> {
        let path = dir.join(NAME);
        let unusable = |source| OriginError::File { path: path.clone(), source };
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| unusable(error.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(error)),
        }
    }

    pub(super) fn write(&self, dir: &Path) -> Result<(), OriginError> {
        self.replace(dir).map_err(|source| OriginError::File { path: dir.join(NAME), source })
    }

    /// Beside and renamed: a crash leaves the old note or the new one.
    fn replace(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        let aside = dir.join(format!("{NAME}.new"));
        let mut file = File::create(&aside)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&aside, dir.join(NAME))?;
        File::open(dir)?.sync_all()
    }

    pub(super) fn refuse_removed(&self, dir: &Path) -> Result<(), Removed> {
        match self.removed {
            true => Err(Removed { number: self.number, dir: dir.to_owned() }),
            false => Ok(()),
        }
    }
}

/// Notes that the log is there: from now on it is missed when it is not.
pub(crate) fn started(dir: &Path) -> Result<(), OriginError> {
    match Note::read(dir)? {
        Some(note) if !note.started => Note { started: true, ..note }.write(dir),
        _ => Ok(()),
    }
}

/// Notes that server `number` was put out, so that later starts know without asking anybody.
pub(crate) fn removed(dir: &Path, number: NodeId) -> Result<Removed, OriginError> {
    let note = Note::read(dir)?.unwrap_or_else(|| Note { number, ..Note::founded(String::new()) });
    Note { removed: true, ..note }.write(dir)?;
    Ok(Removed { number, dir: dir.to_owned() })
}
