//! The hearth binary: an AWS region that runs on the machines you own.
//!
//! One program is the server, the agent, the DNS server and the command line. Every verb is a file in `commands/`; its doc
//! comment is its help.

mod background;
mod client;
mod commands;
mod complete;
mod enroll;
mod error;
mod footprint;
#[cfg(test)]
mod manifests;
mod name_server;
mod names;
mod observe;
mod offer;
#[cfg(test)]
mod one_region;
mod output;
mod pressure;
mod registries;
mod resolver;
#[cfg(test)]
mod three_servers;
mod ui;
mod watch;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    complete::answer();
    let arguments = commands::Arguments::parse();
    match arguments.run() {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}
