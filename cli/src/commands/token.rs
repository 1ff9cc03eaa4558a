use crate::client::Target;
use crate::error::CliError;
use crate::output::{self, Format};
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use controlplane_proto::api::{DeleteRequest, GetRequest};
use controlplane_proto::identity::CreateTokenRequest;
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_server::pki::Role;
use std::time::Duration;
use tonic::Response;
use tonic::transport::Channel;

/// One-time tokens that let a machine or an administrator in
#[derive(Subcommand, Debug)]
pub(crate) enum Token {
    Create(Create),
    List(List),
    Delete(Delete),
}

/// Make a token; it is shown once and kept nowhere
///
/// Example: hearth token create --role agent --name rack1-a --ttl 1h
#[derive(Args, Debug)]
pub(crate) struct Create {
    /// What its holder becomes
    #[arg(long, value_enum)]
    role: RoleFlag,
    /// The only name it is good for; any when absent, and always for servers
    #[arg(long)]
    name: Option<String>,
    /// How long it is good: a number with s, m, h or d
    #[arg(long, default_value = "1h", value_parser = time)]
    ttl: Duration,
}

/// Show the tokens there are, used ones until their time is up
///
/// Example: hearth token list
#[derive(Args, Debug)]
pub(crate) struct List {
    #[arg(short, long, default_value = "table", help = Format::HELP, add = ArgValueCandidates::new(Format::candidates))]
    output: Format,
}

/// Take tokens back
///
/// Example: hearth token delete 0123456789
#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Ids, as the list shows them
    #[arg(required = true)]
    ids: Vec<String>,
}

/// A role on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleFlag {
    /// A control-plane server
    Server,
    /// A node's agent
    Agent,
    /// A DNS server
    Dns,
    /// An administrator
    Client,
}

impl From<RoleFlag> for Role {
    fn from(role: RoleFlag) -> Self {
        match role {
            RoleFlag::Server => Role::Server,
            RoleFlag::Agent => Role::Agent,
            RoleFlag::Dns => Role::Dns,
            RoleFlag::Client => Role::Client,
        }
    }
}

/// `90m` as a time.
fn time(text: &str) -> Result<Duration, String> {
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 24 * 3600)];
    let unit = units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)));
    let (number, seconds) = unit.ok_or("it must be a number with s, m, h or d, such as 90m")?;
    let number: u64 = number.parse().map_err(|_| format!("{number} is not a number"))?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(|| format!("{text} is too long"))
}

impl Token {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match self {
            Self::Create(create) => create.run(target).await,
            Self::List(list) => list.run(target).await,
            Self::Delete(delete) => delete.run(target).await,
        }
    }
}

impl Create {
    /// Only the token goes to stdout, so that a script can take it.
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = CreateTokenRequest {
            role: Role::from(self.role).as_str().to_owned(),
            name: self.name.unwrap_or_default(),
            ttl_seconds: self.ttl.as_secs(),
        };
        let call = |mut client: IdentityClient<Channel>| {
            let request = request.clone();
            async move { client.create_token(request).await.map(Response::into_inner) }
        };
        let made = target.ask_identity(call).await?;
        output::write(&format!("{}\n", made.token))
    }
}

impl List {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = GetRequest { kind: "join_token".to_owned(), ..GetRequest::default() };
        let response = target.connect().await?.get(request).await?.into_inner();
        output::print(&response.columns, &response.rows, &self.output, false)
    }
}

impl Delete {
    async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        for id in self.ids {
            client.delete(DeleteRequest { kind: "join_token".to_owned(), name: id.clone() }).await?;
            output::write(&format!("token/{id} deleted\n"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, seconds) in [("30s", 30), ("90m", 5400), ("1h", 3600), ("7d", 604_800)] {
            assert_eq!(time(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "1", "h", "-1h", "1.5h", "99999999999999999999d", "9999999999999999999d"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
