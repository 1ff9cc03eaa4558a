//! The verbs, one file each.

mod agent;
mod apply;
mod auth;
mod certificate;
mod completion;
mod config;
mod cp;
mod debug;
mod delete;
mod describe;
pub(crate) mod dev;
mod diff;
mod dns;
mod edit;
mod env;
mod events;
mod exec;
mod explain;
mod get;
mod image;
mod logs;
mod man;
mod node;
mod object_store;
mod port_forward;
mod power;
mod reboot;
#[cfg(test)]
mod reference;
mod region;
mod server;
mod shutdown;
mod snapshot;
mod start;
mod stop;
mod token;
mod top;
mod tree;
mod ui;
mod version;
mod wait;

use crate::client::TargetFlags;
use crate::error::CliError;
use crate::footprint;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// An AWS region that runs on the machines you own.
#[derive(Parser, Debug)]
#[command(name = "hearth", version, about, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Apply(apply::Apply),
    Diff(diff::Diff),
    Get(get::Get),
    Explain(explain::Explain),
    Describe(describe::Describe),
    Tree(tree::Tree),
    Events(events::Events),
    Ui(ui::Ui),
    Edit(edit::Edit),
    Delete(delete::Delete),
    Start(start::Start),
    Stop(stop::Stop),
    Reboot(reboot::Reboot),
    Logs(logs::Logs),
    Exec(exec::Exec),
    Cp(cp::Cp),
    PortForward(port_forward::PortForward),
    Top(top::Top),
    Wait(wait::Wait),
    #[command(subcommand)]
    Node(node::Node),
    #[command(subcommand)]
    Image(image::Image),
    #[command(subcommand)]
    Auth(auth::Auth),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Certificate(certificate::Certificate),
    #[command(subcommand)]
    Snapshot(snapshot::Snapshot),
    Env(env::Env),
    #[command(subcommand)]
    Config(config::Config),
    Man(man::Man),
    Completion(completion::Completion),
    #[command(subcommand)]
    Debug(debug::Debug),
    Version(version::Version),
    Server(Box<server::Server>),
    Agent(Box<agent::Agent>),
    Dns(Box<dns::Dns>),
    Dev(Box<dev::Dev>),
}

impl Command {
    /// The threads a command runs on.
    fn runtime(&self) -> Result<Runtime, CliError> {
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        match self {
            Self::Agent(_) => {
                footprint::prepare();
                threads.worker_threads(footprint::WORKERS);
            }
            Self::Server(_) | Self::Dev(_) => footprint::keep(),
            _ => {}
        }
        threads.enable_all().build().map_err(|error| CliError::failed("threads cannot be started", &error))
    }

    /// Works on this machine's own data folder, or needs no region at all.
    fn is_local(&self) -> bool {
        match self {
            Self::Server(command) => command.is_local(),
            Self::Snapshot(command) => command.is_local(),
            Self::Certificate(command) => command.is_local(),
            Self::Node(command) => command.is_local(),
            Self::Dns(command) => command.is_local(),
            Self::Agent(_) | Self::Dev(_) => true,
            Self::Config(_) | Self::Man(_) | Self::Completion(_) => true,
            _ => false,
        }
    }
}

impl Arguments {
    pub(crate) fn run(self) -> Result<ExitCode, CliError> {
        let runtime = self.command.runtime()?;
        let target = match self.command.is_local() {
            true => self.target.local(),
            false => self.target.region()?,
        };
        runtime.block_on(async {
            match self.command {
                Command::Apply(command) => command.run(&target).await,
                Command::Diff(command) => return command.run(&target).await,
                Command::Get(command) => command.run(&target).await,
                Command::Explain(command) => command.run(&target).await,
                Command::Describe(command) => command.run(&target).await,
                Command::Events(command) => command.run(&target).await,
                Command::Tree(command) => command.run(&target).await,
                Command::Ui(command) => command.run(&target).await,
                Command::Edit(command) => command.run(&target).await,
                Command::Delete(command) => command.run(&target).await,
                Command::Start(command) => command.run(&target).await,
                Command::Stop(command) => command.run(&target).await,
                Command::Reboot(command) => command.run(&target).await,
                Command::Logs(command) => command.run(&target).await,
                Command::Cp(command) => command.run(&target).await,
                Command::PortForward(command) => command.run(&target).await,
                Command::Top(command) => command.run(&target).await,
                Command::Exec(command) => return command.run(&target).await,
                Command::Auth(command) => return command.run(&target).await,
                Command::Wait(command) => command.run(&target).await,
                Command::Node(command) => command.run(&target).await,
                Command::Image(command) => command.run(&target).await,
                Command::Token(command) => command.run(&target).await,
                Command::Certificate(command) => command.run(&target).await,
                Command::Snapshot(command) => command.run(&target).await,
                Command::Env(command) => command.run(&target).await,
                Command::Config(command) => command.run(&self.target),
                Command::Man(command) => command.run(),
                Command::Completion(command) => command.run(),
                Command::Debug(command) => command.run(&target).await,
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
