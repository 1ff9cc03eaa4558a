use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::DescribeRequest;

/// Show everything about one record, with its events
///
/// Example: hearth describe instance i-0123456789abcdef0
#[derive(Args, Debug)]
pub(crate) struct Describe {
    /// Kind, plural or short name
    kind: String,
    /// Name or id
    name: String,
}

impl Describe {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = DescribeRequest { kind: self.kind, name: self.name };
        let response = target.connect().await?.describe(request).await?.into_inner();
        output::write(&response.text)
    }
}
