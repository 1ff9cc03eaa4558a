//! `hearth debug bundle`: what somebody who helps needs, in one file that may be shown to him.
//!
//! Whatever is collected goes through [`Redaction`] on its way into the archive, in one place and without exception; what a
//! source says it has left out is left out twice. What cannot be reached is listed in `missing.txt` and does not end the command:
//! a bundle is made when something does not work.

mod archive;
mod collect;
mod redaction;

use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use collect::Collected;
use redaction::Redaction;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Collect what somebody who helps needs into a tar.gz, without secrets
///
/// Versions, servers and their state, every record as YAML, events, and of each server, agent and DNS server that can be reached: metrics,
/// newest log lines, arguments and log levels. Left out are access keys' secrets, tokens, private keys, user data, values of
/// environment variables and commands of instances. Names, addresses and tags are in it.
///
/// Example: hearth debug bundle -o bundle.tar.gz
#[derive(Args, Debug)]
pub(crate) struct Bundle {
    /// The file; it must not exist yet [default: hearth-bundle-SECONDS.tar.gz]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Bundle {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let file = self.output.unwrap_or_else(|| format!("hearth-bundle-{since_epoch}.tar.gz").into());
        // Before the work, so that it is not in vain.
        let out = archive::create(&file)
            .map_err(|error| CliError::failed(format!("{} cannot be written", file.display()), &error))?;
        let Collected { files, redaction, missing } = Collected::from(target).await?;
        archive::write(out, since_epoch, files, &redaction)
            .map_err(|error| CliError::failed(format!("{} cannot be written", file.display()), &error))?;
        missing.iter().for_each(|missing| eprintln!("warning: not in the bundle: {missing}"));
        output::write(&format!("{}\n", file.display()))
    }
}

#[cfg(test)]
mod tests;
