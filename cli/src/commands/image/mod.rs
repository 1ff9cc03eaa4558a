//! Images, one file per way in.

mod import;
mod pull;

use crate::client::Target;
use crate::error::CliError;
use clap::Subcommand;

/// Images that instances start from
#[derive(Subcommand, Debug)]
pub(crate) enum Image {
    Import(import::Import),
    Pull(Box<pull::Pull>),
}

impl Image {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self {
            Self::Import(import) => import.run(target).await,
            Self::Pull(pull) => pull.run(target).await,
        }
    }
}
