use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::ui;
use clap::Args;
use std::io::IsTerminal;

/// Watch the region on one screen: nodes, groups, instances, health checks and events, live
///
/// Example: hearth ui
#[derive(Args, Debug)]
pub(crate) struct Ui {}

impl Ui {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        if !std::io::stdout().is_terminal() {
            return Err(CliError::new(Kind::Usage, "this needs a terminal; `hearth get -w` does not"));
        }
        ui::run(target).await
    }
}
