//! The `nft` program, run in the namespace of the calling thread.

use super::super::error::{NetworkError, Result};
use super::super::kernel::{netfilter, tables};
use super::{Family, Ruleset, Transaction, read};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Where system programs lie; an agent started with a user's search path must find nft all the same.
const FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];
/// What nft says of a table that is not there.
const ABSENT: &str = "No such file or directory";

/// The tables called `name`. The program is started once, and not at all where the kernel says that there are none.
pub(in crate::backend::linux::network) fn list(name: &str) -> Result<Ruleset> {
    let there = tables::list(&mut netfilter::open()?)?;
    let is_there =
        |family: &Family| there.iter().any(|(number, called)| *number == family.number() && called == name);
    let families: Vec<Family> = [Family::Inet, Family::Netdev].into_iter().filter(is_there).collect();
    let listing = match families[..] {
        [] => None,
        [family] => listing(&["table", family.word(), name])?,
        // Only in a VPC's namespace, where nothing is another's. It cannot list two tables at a time.
        _ => listing(&["ruleset"])?,
    };
    listing.map_or_else(|| Ok(Ruleset::new()), |listing| read::ruleset(&listing, |table| table.name == name))
}

/// `None` if it went meanwhile.
fn listing(what: &[&str]) -> Result<Option<String>> {
    let output = run(&[&["-n", "-j", "list"], what].concat(), "")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned())),
        false if complaint.contains(ABSENT) => Ok(None),
        false => Err(NetworkError::Nft(complaint.trim().to_owned())),
    }
}

/// Carries out a transaction.
pub(in crate::backend::linux::network) fn commit(transaction: &Transaction) -> Result<()> {
    let output = run(&["-f", "-"], &transaction.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(NetworkError::Nft(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

fn run(arguments: &[&str], input: &str) -> Result<Output> {
    let failed = || NetworkError::system("run nft (Debian package nftables)");
    // A path, not a name: a name to be searched elsewhere than this process would makes it a fork of all our pages.
    let nft = FOLDERS.iter().map(|folder| Path::new(folder).join("nft")).find(|path| path.is_file());
    let mut child = Command::new(nft.as_deref().unwrap_or(Path::new("nft")))
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed())?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(failed())?;
    }
    child.wait_with_output().map_err(failed())
}
