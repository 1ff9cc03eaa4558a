//! The verbs, one file each.

mod agent;
mod apply;
mod certificate;
mod completion;
mod delete;
mod describe;
mod dev;
mod diff;
mod dns;
mod env;
mod exec;
mod get;
mod image;
mod logs;
mod power;
mod reboot;
mod region;
mod server;
mod shutdown;
mod snapshot;
mod start;
mod stop;
mod token;
mod version;
mod wait;

use crate::client::Target;
use crate::error::CliError;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// An AWS region that runs on the machines you own.
#[derive(Parser, Debug)]
#[command(name = "hearth", version, about, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Apply(apply::Apply),
    Diff(diff::Diff),
    Get(get::Get),
    Describe(describe::Describe),
    Delete(delete::Delete),
    Start(start::Start),
    Stop(stop::Stop),
    Reboot(reboot::Reboot),
    Logs(logs::Logs),
    Exec(exec::Exec),
    Wait(wait::Wait),
    #[command(subcommand)]
    Image(image::Image),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Certificate(certificate::Certificate),
    #[command(subcommand)]
    Snapshot(snapshot::Snapshot),
    Env(env::Env),
    Completion(completion::Completion),
    Version(version::Version),
    Server(Box<server::Server>),
    Agent(Box<agent::Agent>),
    Dns(dns::Dns),
    Dev(Box<dev::Dev>),
}

impl Arguments {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::failed("threads cannot be started", &error))?;
        let target = self.target;
        runtime.block_on(async {
            match self.command {
                Command::Apply(command) => command.run(&target).await,
                Command::Diff(command) => return command.run(&target).await,
                Command::Get(command) => command.run(&target).await,
                Command::Describe(command) => command.run(&target).await,
                Command::Delete(command) => command.run(&target).await,
                Command::Start(command) => command.run(&target).await,
                Command::Stop(command) => command.run(&target).await,
                Command::Reboot(command) => command.run(&target).await,
                Command::Logs(command) => command.run(&target).await,
                Command::Exec(command) => return command.run(&target).await,
                Command::Wait(command) => command.run(&target).await,
                Command::Image(command) => command.run(&target).await,
                Command::Token(command) => command.run(&target).await,
                Command::Certificate(command) => command.run(&target).await,
                Command::Snapshot(command) => command.run(&target).await,
                Command::Env(command) => command.run(&target).await,
                Command::Completion(command) => command.run(),
                Command::Version(command) => command.run(&target).await,
                Command::Server(command) => command.run(&target).await,
                Command::Agent(command) => command.run(&target).await,
                Command::Dns(command) => command.run(&target).await,
                Command::Dev(command) => command.run(&target).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}
