//! The `nft` program, run in the namespace of the calling thread.

use super::super::error::{NetworkError, Result};
use super::super::kernel::{netfilter, tables};
use super::{Family, Ruleset, TableName, Transaction, read};
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Where system programs lie; an agent started with a user's search path must find nft all the same.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";
/// What nft says of a table that is not there.
const ABSENT: &str = "No such file or directory";

/// The tables called `name`. The program is not started for those that the kernel says are not there.
pub(in crate::backend::linux::network) fn list(name: &str) -> Result<Ruleset> {
    let mut found = Ruleset::new();
    let there = tables::list(&mut netfilter::open()?)?;
    for family in [Family::Inet, Family::Netdev] {
        if !there.iter().any(|(number, called)| (*number, called.as_str()) == (family.number(), name)) {
            continue;
        }
        let table = TableName { family, name: name.to_owned() };
        if let Some(listing) = listing(&table)? {
            found.extend(read::ruleset(&listing, |other| *other == table)?);
        }
    }
    Ok(found)
}

fn listing(table: &TableName) -> Result<Option<String>> {
    let output = run(&["-n", "-j", "list", "table", table.family.word(), &table.name], "")?;
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
    let mut child = Command::new("nft")
        .args(arguments)
        .env("PATH", SEARCH_PATH)
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
