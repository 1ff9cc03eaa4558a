use super::Arguments;
use crate::error::CliError;
use crate::output;
use clap::{Args, CommandFactory};
use std::path::PathBuf;

/// Write the manual pages, one per command
///
/// Example: hearth man --dir /usr/local/share/man/man1 && man hearth-apply
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Folder the pages go to
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

impl Man {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let failed = |error| {
            CliError::failed(format!("manual pages cannot be written to {}", self.dir.display()), &error)
        };
        std::fs::create_dir_all(&self.dir).map_err(failed)?;
        clap_mangen::generate_to(Arguments::command(), &self.dir).map_err(failed)?;
        output::write(&format!("manual pages are in {}\n", self.dir.display()))
    }
}
