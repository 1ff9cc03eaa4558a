use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::output;
use clap::{Args, Subcommand};
use controlplane_proto::api::SaveSnapshotRequest;
use controlplane_raft::TokioRuntime;
use controlplane_server::backup::{self, FileError, FormatError, Header, Incoming, Lineage, RestoreError};
use std::path::PathBuf;

/// Copies of all records of a region in one file
///
/// A snapshot holds every record, secrets included (access keys, key material): it is written for its owner only (mode
/// 0600); keep it so. It does not hold certificates (pki/) and archives of imported images (server/images/): keep copies
/// of these two folders beside it.
#[derive(Subcommand, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) enum Snapshot {
    Save(Save),
    Restore(Restore),
    Inspect(Inspect),
}

/// Copy all records of the running region into FILE
///
/// Any server gives the copy; it is of one moment and holds every write acknowledged before it. FILE has mode 0600, because
/// it holds the region's secrets. An existing FILE is replaced once the new copy is whole and on disk, never earlier.
///
/// Example: hearth snapshot save region.snapshot
#[derive(Args, Debug)]
pub(crate) struct Save {
    /// Where the copy goes
    file: PathBuf,
    /// Take what the server has without asking a majority: for a region that has lost it. Newest writes may be missing
    #[arg(long)]
    stale: bool,
}

/// Make a server's data folder from FILE, without any server running
///
/// The folder given by --data-dir must hold no server yet. `hearth server` then starts from it as a new cluster of one
/// server with the same records under a new incarnation, which agents and DNS servers of the old region accept; more
/// servers join it. End the old servers first: two regions with the same agents would take turns with them.
///
/// Instances started after the copy was taken are unknown to it: their nodes end them. The old region's pki/ folder has to
/// lie in the data folder, else agents and DNS servers do not trust the new server; archives of imported images belong
/// into server/images/ once the restore is done.
///
/// An interrupted restore changes nothing; repeat it.
///
/// Example: hearth snapshot restore region.snapshot --data-dir /var/lib/hearth
#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The copy
    file: PathBuf,
    /// Number of the server
    #[arg(long, default_value_t = 1)]
    id: u64,
    /// Its gRPC address
    #[arg(long, default_value = "127.0.0.1:4567")]
    grpc_addr: String,
}

/// Check FILE and say what it is of
///
/// Example: hearth snapshot inspect region.snapshot
#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// The copy
    file: PathBuf,
}

impl Snapshot {
    /// Restoring fills this machine's own folder.
    pub(super) fn is_local(&self) -> bool {
        !matches!(self, Self::Save(_))
    }

    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self {
            Self::Save(save) => save.run(target).await,
            Self::Restore(restore) => restore.run(target).await,
            Self::Inspect(inspect) => inspect.run(),
        }
    }
}

impl Save {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let failed = |error: FileError| CliError::failed("the snapshot cannot be saved", &error);
        let mut client = target.connect().await?;
        let request = SaveSnapshotRequest { stale: self.stale };
        let mut chunks = client.save_snapshot(request).await?.into_inner();
        let mut incoming = Incoming::create(&self.file).map_err(failed)?;
        let spinner = output::spinner(format!("saving {}", self.file.display()));
        while let Some(chunk) = chunks.message().await? {
            incoming.write(&chunk.data).map_err(failed)?;
        }
        let header = incoming.finish().map_err(failed)?;
        spinner.finish_and_clear();
        output::write(&format!(
            "{} saved: {} records at revision {}\n",
            self.file.display(),
            header.records,
            header.revision
        ))
    }
}

impl Restore {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let restore = backup::Restore {
            file: self.file.clone(),
            dir: target.server_dir(),
            id: self.id,
            address: self.grpc_addr,
        };
        let spinner = output::spinner(format!("restoring {}", self.file.display()));
        let restored = backup::restore(&restore, TokioRuntime::current()).await.map_err(refused)?;
        spinner.finish_and_clear();
        output::write(&format!(
            "{} restored into {}: {} records, incarnation {}\n",
            self.file.display(),
            restore.dir.display(),
            restored.header.records,
            restored.lineage.incarnation
        ))
    }
}

/// What the operator can put right is told apart from what failed.
fn refused(error: RestoreError) -> CliError {
    match &error {
        RestoreError::NotEmpty(_) | RestoreError::Records { .. } => {
            CliError::new(Kind::Refused, error.to_string())
        }
        RestoreError::File(file) => unusable(file),
        _ => CliError::failed("nothing was restored", &error),
    }
}

fn unusable(error: &FileError) -> CliError {
    let kind = if matches!(error, FileError::Format { .. }) { Kind::Refused } else { Kind::Failed };
    let failed = CliError::failed("the snapshot cannot be used", error).with_kind(kind);
    match error {
        FileError::Format { source: FormatError::Cut(_) | FormatError::Damaged { .. }, .. } => {
            failed.with_hint("take another copy: a damaged one is never restored in part")
        }
        _ => failed,
    }
}

impl Inspect {
    fn run(self) -> Result<(), CliError> {
        let header = backup::verify(&self.file).map_err(|error| unusable(&error))?;
        output::write(&shown(&header))
    }
}

fn shown(header: &Header) -> String {
    let lineage = Lineage::parse(&header.cluster);
    let lines = [
        ("cluster", lineage.cluster),
        ("incarnation", lineage.incarnation.to_string()),
        ("region", header.region.clone()),
        ("taken at", header.created_at.to_string()),
        ("by version", header.program.clone()),
        ("log index", header.applied.to_string()),
        ("revision", header.revision.to_string()),
        ("record format", header.record_version.to_string()),
        ("records", header.records.to_string()),
        ("checksums", "match".to_owned()),
    ];
    lines.iter().map(|(name, value)| format!("{:<15}{value}\n", format!("{name}:"))).collect()
}
