use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::{Args, Subcommand};
use controlplane_proto::api::CanIRequest;
use std::process::ExitCode;

/// What users, groups and roles may do
#[derive(Subcommand, Debug)]
pub(crate) enum Auth {
    CanI(CanI),
}

/// Say whether policies allow an action; exit code 1 if they do not
///
/// Example: hearth auth can-i ec2:TerminateInstances --as user/alice
///
/// Example: hearth auth can-i s3:GetObject arn:aws:s3:::photos/cat --as role/web
#[derive(Args, Debug)]
pub(crate) struct CanI {
    /// As policies name it: SERVICE:ACTION
    action: String,
    /// ARN of what it is done to
    #[arg(default_value = "*")]
    resource: String,
    /// user/NAME, group/NAME, role/NAME or an ARN, instead of who asks
    #[arg(long = "as", value_name = "PRINCIPAL", default_value = "", hide_default_value = true)]
    principal: String,
}

impl Auth {
    pub(crate) async fn run(self, target: &Target) -> Result<ExitCode, CliError> {
        let Self::CanI(CanI { action, resource, principal }) = self;
        let request = CanIRequest { principal, action, resource };
        let answer = target.connect().await?.can_i(request).await?.into_inner();
        let word = if answer.allowed { "yes" } else { "no" };
        output::write(&format!("{word}: {}\n", answer.because))?;
        Ok(if answer.allowed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
