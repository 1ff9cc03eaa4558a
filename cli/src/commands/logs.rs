use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::LogsRequest;
use std::io::Write;

/// Show the console output of an instance
///
/// Example: hearth logs -f i-0123456789abcdef0
#[derive(Args, Debug)]
pub(crate) struct Logs {
    /// Name or id of the instance
    #[arg(add = ArgValueCompleter::new(complete::instances))]
    instance: String,
    /// Go on as it grows
    #[arg(short, long)]
    follow: bool,
    /// Only the last lines
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    tail: u32,
}

impl Logs {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = LogsRequest { instance: self.instance, follow: self.follow, tail_lines: self.tail };
        let mut chunks = target.connect().await?.logs(request).await?.into_inner();
        let mut stdout = std::io::stdout().lock();
        while let Some(chunk) = chunks.message().await? {
            stdout.write_all(&chunk.data)?;
            stdout.flush()?;
        }
        Ok(())
    }
}
