//! A DNS server subscribed to the feed. Only news are written.

use crate::dns_server::DnsServer;
use crate::errors;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// What the DNS server says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterDnsServerInput {
    /// Its name.
    pub name: String,
    /// Where its peers send their health tables.
    pub health_address: String,
    /// Which of Route 53's checker regions it stands for; empty: each of them.
    #[serde(default)]
    pub checker_region: String,
    /// Whether it writes query logs.
    pub logs_queries: bool,
}

/// See the module. Runs as the system.
pub struct RegisterDnsServer;

impl Operation for RegisterDnsServer {
    const NAME: &'static str = "RegisterDnsServer";
    type Input = RegisterDnsServerInput;
    type Output = ();

    fn run(input: &RegisterDnsServerInput, cx: &mut Context) -> Result<(), ServiceError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if !(1..=63).contains(&input.name.len()) || !input.name.chars().all(plain) {
            let rule = "1 to 63 letters, digits, '-', '.' and '_'";
            return Err(errors::invalid_field("name", &input.name, rule));
        }
        let key = DnsServer::key(&cx.caller.region, &input.name);
        let before = cx.view.get::<DnsServer>(&key).cloned();
        let server = DnsServer {
            health_address: input.health_address.clone(),
            checker_region: input.checker_region.clone(),
            registered_at: before.as_ref().map_or(cx.now, |before| before.registered_at),
            logs_queries: input.logs_queries,
        };
        if before.as_ref() != Some(&server) {
            cx.event(DnsServer::KIND, &input.name, "Subscribed", "follows the feed");
            cx.put_at(key, server);
        }
        Ok(())
    }
}
