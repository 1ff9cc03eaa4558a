//! What could come next on the command line: kinds, and the names of what exists.
//!
//! The shell runs this program for it with [`VARIABLE`] set. Whatever goes wrong then, a server that does not answer
//! included, means no suggestions: nobody wants to read errors while typing.

use crate::client::{Target, TargetFlags};
use crate::commands::Arguments;
use crate::error::CliError;
use clap::{CommandFactory, FromArgMatches};
use clap_complete::engine::CompletionCandidate;
use clap_complete::env::CompleteEnv;
use controlplane_proto::api::{GetRequest, KindsRequest};
use std::ffi::{OsStr, OsString};
use std::time::Duration;

/// Says which shell asks.
pub(crate) const VARIABLE: &str = "HEARTH_COMPLETE";
/// Nobody waits longer for a suggestion.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers and ends the program if a shell asks; returns otherwise.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Arguments::command).var(VARIABLE).complete();
}

/// Kinds, and after a kind the names of its records.
pub(crate) fn what(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some((target, given)) = typed("what") else { return Vec::new() };
    let current = current.to_string_lossy();
    let (kind, prefix) = match (current.split_once('/'), given.first()) {
        (Some((kind, _)), _) => (kind, format!("{kind}/")),
        (None, Some(kind)) if !kind.contains(['/', ',']) => (kind.as_str(), String::new()),
        (None, Some(_)) => return Vec::new(),
        (None, None) => return matching(live(kinds(&target)), &current),
    };
    let names = live(names(&target, kind)).into_iter().map(|name| format!("{prefix}{name}"));
    matching(names.filter(|name| !given.contains(name)).collect(), &current)
}

/// Names of instances.
pub(crate) fn instances(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some((target, _)) = typed("instance") else { return Vec::new() };
    matching(live(names(&target, "instance")), &current.to_string_lossy())
}

/// Names of nodes.
pub(crate) fn nodes(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some((target, given)) = typed("nodes") else { return Vec::new() };
    let names = live(names(&target, "node")).into_iter();
    matching(names.filter(|name| !given.contains(name)).collect(), &current.to_string_lossy())
}

/// The region that is meant, and the words before the current one that belong to the argument `id`.
fn typed(id: &str) -> Option<(Target, Vec<String>)> {
    // The shell hands the words over behind two dashes, the current one last.
    let mut words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    words.pop();
    let command = Arguments::command().ignore_errors(true);
    let matches = command.try_get_matches_from(words).ok()?;
    let mut verb = matches.subcommand()?.1;
    while let Some((_, next)) = verb.subcommand() {
        verb = next;
    }
    let given = verb.try_get_many::<String>(id).ok().flatten().into_iter().flatten().cloned().collect();
    Some((TargetFlags::from_arg_matches(&matches).ok()?.region().ok()?, given))
}

fn matching(words: Vec<String>, current: &str) -> Vec<CompletionCandidate> {
    let words = words.into_iter().filter(|word| word.starts_with(current));
    words.map(CompletionCandidate::new).collect()
}

/// What the region says, if it says so in time.
fn live(ask: impl Future<Output = Result<Vec<String>, CliError>>) -> Vec<String> {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Vec::new();
    };
    let asked = runtime.block_on(async { tokio::time::timeout(PATIENCE, ask).await });
    asked.ok().and_then(Result::ok).unwrap_or_default()
}

async fn kinds(target: &Target) -> Result<Vec<String>, CliError> {
    let kinds = target.connect().await?.kinds(KindsRequest {}).await?.into_inner().kinds;
    Ok(kinds.into_iter().map(|kind| kind.plural).chain(["all".to_owned(), "kinds".to_owned()]).collect())
}

async fn names(target: &Target, kind: &str) -> Result<Vec<String>, CliError> {
    let request = GetRequest { kind: kind.to_owned(), stale: true, ..GetRequest::default() };
    let rows = target.connect().await?.get(request).await?.into_inner().rows;
    Ok(rows.into_iter().map(|row| if row.name.is_empty() { row.id } else { row.name }).collect())
}
