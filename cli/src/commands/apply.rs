use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::output;
use clap::Args;
use controlplane_proto::api::{ApplyRequest, ApplyResult};
use controlplane_services_kernel::manifest::Selector;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Make manifests true: all of them or none
///
/// Example: hearth apply -f manifests/examples/two-tier/
///
/// Every field that a manifest names gets its value, also where somebody changed it by other means; a field that it named
/// before and names no longer gets its default; every other field stays as it is.
///
/// Example: hearth apply -f shop/ --apply-set shop --prune
///
/// Example: hearth apply -f shop/ --prune -l shop=main
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// File, folder (every .yaml, .yml and .json in it) or - for standard input
    #[arg(short, long, required = true, value_name = "FILE|DIR|-")]
    filename: Vec<PathBuf>,
    /// Check everything, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Name of the set the documents belong to [default: default]
    #[arg(long, value_name = "NAME")]
    apply_set: Option<String>,
    /// Delete what the set held before and these documents name no longer; the set has to be named, or tags by -l, so that
    /// nobody deletes what others applied
    #[arg(long)]
    prune: bool,
    /// Prune only records of the set that have these tags now: shop=main,stage!=test
    #[arg(short = 'l', long, value_name = "TAGS", requires = "prune", value_parser = selector)]
    selector: Option<String>,
    /// Seconds to wait for deletions that others have to come before
    #[arg(long, default_value_t = 120, requires = "prune")]
    timeout: u64,
}

/// Between two attempts to delete what could not be deleted.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

impl Apply {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = ApplyRequest {
            documents: documents(&self.filename)?,
            dry_run: self.dry_run,
            apply_set: self.apply_set.unwrap_or_default(),
            prune: self.prune,
            selector: self.selector.unwrap_or_default(),
        };
        let mut client = target.connect().await?;
        let mut results = client.apply(request.clone()).await?.into_inner().results;
        let suffix = if self.dry_run { " (dry run)" } else { "" };
        output::write(&lines(results.iter().filter(|result| self.dry_run || !is_kept(result)), suffix))?;
        let until = Instant::now() + Duration::from_secs(self.timeout);
        while !self.dry_run && results.iter().any(is_kept) {
            if Instant::now() > until {
                return Err(kept(&results, self.timeout));
            }
            tokio::time::sleep(AGAIN_AFTER).await;
            results = client.apply(request.clone()).await?.into_inner().results;
            let gone = results.iter().filter(|result| result.outcome.starts_with("delet"));
            output::write(&lines(gone, suffix))?;
        }
        Ok(())
    }
}

/// Checked here, sent as it was written: the server prunes.
fn selector(text: &str) -> Result<String, String> {
    Selector::parse(text).map(|_| text.to_owned())
}

fn is_kept(result: &ApplyResult) -> bool {
    result.outcome == "kept"
}

/// A line for each result.
pub(super) fn lines<'r>(results: impl Iterator<Item = &'r ApplyResult>, suffix: &str) -> String {
    let line = |result: &ApplyResult| {
        let reason = if result.reason.is_empty() { String::new() } else { format!(": {}", result.reason) };
        format!("{}/{} {}{suffix}  {}{reason}\n", result.kind, result.name, result.outcome, result.id)
    };
    results.map(line).collect()
}

fn kept(results: &[ApplyResult], seconds: u64) -> CliError {
    let kept = results.iter().filter(|result| is_kept(result));
    let told: Vec<String> =
        kept.map(|result| format!("{}/{} ({})", result.kind, result.name, result.reason)).collect();
    CliError::new(Kind::TimedOut, format!("not deleted within {seconds} s: {}", told.join("; ")))
        .with_hint("the documents are applied; the same command again goes on with the deletions")
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
