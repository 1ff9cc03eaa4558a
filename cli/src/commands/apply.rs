use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::output;
use clap::Args;
use controlplane_proto::api::ApplyRequest;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Make manifests true: all of them or none
///
/// Example: hearth apply -f manifests/examples/two-tier/
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// File, folder (every .yaml, .yml and .json in it) or - for standard input
    #[arg(short, long, required = true, value_name = "FILE|DIR|-")]
    filename: Vec<PathBuf>,
    /// Check everything, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Name of the set the documents belong to
    #[arg(long, default_value = "default")]
    apply_set: String,
}

impl Apply {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = ApplyRequest {
            documents: documents(&self.filename)?,
            dry_run: self.dry_run,
            apply_set: self.apply_set,
        };
        let response = target.connect().await?.apply(request).await?.into_inner();
        let suffix = if self.dry_run { " (dry run)" } else { "" };
        let lines = response.results.iter().map(|result| {
            format!("{}/{} {}{suffix}  {}\n", result.kind, result.name, result.outcome, result.id)
        });
        output::write(&lines.collect::<String>())
    }
}

/// Everything that `paths` hold, as one stream of documents.
pub(super) fn documents(paths: &[PathBuf]) -> Result<String, CliError> {
    let texts: Vec<Vec<String>> = paths.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    Ok(texts.concat().join("\n---\n"))
}

/// The texts a path stands for, files of a folder in the order of their names.
pub(crate) fn read(path: &Path) -> Result<Vec<String>, CliError> {
    let unreadable =
        |error: std::io::Error| CliError::failed(format!("{} cannot be read", path.display()), &error);
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        return Ok(vec![text]);
    }
    if !path.is_dir() {
        return Ok(vec![std::fs::read_to_string(path).map_err(unreadable)?]);
    }
    let entries = std::fs::read_dir(path).map_err(unreadable)?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|file| {
        file.extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|it| matches!(it, "yaml" | "yml" | "json"))
    });
    files.sort();
    if files.is_empty() {
        return Err(CliError::new(
            Kind::Refused,
            format!("{} holds no .yaml, .yml or .json", path.display()),
        ));
    }
    files.iter().map(|file| std::fs::read_to_string(file).map_err(unreadable)).collect()
}
