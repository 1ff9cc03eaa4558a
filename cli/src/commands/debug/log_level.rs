use super::{inspect_dns_server, inspect_node, inspect_server, servers};
use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::debug::InspectRequest;
use controlplane_telemetry::logs::Levels;

/// Show how much servers, agents and DNS servers log, or change it until they end
///
/// Without levels, those in force are shown. With levels, the ones named change and the others stay; `default` goes back to those
/// of the start (HEARTH_LOG). A level is off, error, warn, info, debug or trace; alone it is for everything that has no
/// level of its own, as TARGET=LEVEL for one part of the program (a module and all in it).
///
/// Example: hearth debug log-level controlplane_server::gateway=debug
/// Example: hearth debug log-level --node rack1-a agent=debug
/// Example: hearth debug log-level --dns-server ns1 dns=debug
/// Example: hearth debug log-level default
#[derive(Args, Debug)]
pub(crate) struct LogLevel {
    /// What to change: LEVEL or TARGET=LEVEL, several with commas, or `default`
    #[arg(value_name = "TARGET=LEVEL,...", value_parser = levels)]
    pub(super) levels: Option<String>,
    /// The agents of these nodes instead of the servers
    #[arg(long, value_name = "NAME")]
    pub(super) node: Vec<String>,
    /// These DNS servers instead of the servers
    #[arg(long, value_name = "NAME")]
    pub(super) dns_server: Vec<String>,
}

fn levels(text: &str) -> Result<String, String> {
    if text != "default" {
        text.parse::<Levels>().map_err(|error| error.to_string())?;
    }
    Ok(text.to_owned())
}

impl LogLevel {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = InspectRequest { levels: self.levels.unwrap_or_default(), whole: false };
        let mut failed = None;
        let mut tell = |who: String, answer: Result<String, CliError>| match answer {
            Ok(levels) => output::write(&format!("{who}\t{levels}\n")),
            // The others are told all the same: an operator who turns a level up wants it where it can be had.
            Err(error) => {
                failed = Some(error);
                output::write(&format!("{who}\tnot reached\n"))
            }
        };
        for node in &self.node {
            let answer = inspect_node(target, node, request.clone()).await;
            tell(format!("node {node}"), answer.map(|answer| answer.levels))?;
        }
        for dns_server in &self.dns_server {
            let answer = inspect_dns_server(target, dns_server, request.clone()).await;
            tell(format!("DNS server {dns_server}"), answer.map(|answer| answer.levels))?;
        }
        if self.node.is_empty() && self.dns_server.is_empty() {
            for server in servers(target).await? {
                let answer = inspect_server(target, &server.address, request.clone()).await;
                tell(format!("server {}", server.number), answer.map(|answer| answer.levels))?;
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_refused_before_anybody_is_asked() {
        for good in ["default", "info", "a::b=debug,warn"] {
            assert_eq!(levels(good).as_deref(), Ok(good));
        }
        for slip in ["", "loud", "a=", "defaults", "a=b=c"] {
            assert!(levels(slip).is_err(), "{slip}");
        }
    }
}
