//! What an action needs to know that no record says: of machines, of checkers, of identity providers.
//!
//! Operations are pure and ask for it by name ([`Need`]); here it is fetched, outside of the writer and with nobody waiting behind.

use super::permission::Permission;
use super::{Gateway, Refusal};
use crate::agents::CallEvent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_proto::agent::{Call as AgentCall, ConsoleOutput, call};
use controlplane_proto::dns::LookUp;
use controlplane_raft::Leadership;
use controlplane_services_kernel::operation::BoundOperation;
use controlplane_services_kernel::{Caller, Need, Reader, View};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Console output AWS keeps: the newest 64 KiB.
const CONSOLE_BYTES: u32 = 64 * 1024;
/// An agent that does not answer by then has nothing to say.
const AGENT_PATIENCE: Duration = Duration::from_secs(5);

impl Gateway {
    /// Finds out what an operation needs to know, once it is clear that he may; nothing for most of them.
    pub(super) async fn learn(
        &self,
        operation: &mut dyn BoundOperation,
        caller: &Caller,
        permission: &Permission,
        view: &View,
    ) -> Result<(), Refusal> {
        if !operation.asks() {
            return Ok(());
        }
        // The leader has to run it, so the leader shall ask: it would have to ask again.
        if let Leadership::Follower { leader, .. } = *self.house.node.leadership().borrow() {
            return Err(Refusal::Elsewhere(leader));
        }
        let reader = Reader::new(view.clone(), caller.clone(), self.house.runtime.now());
        permission.check(|rule| operation.accesses(rule, &reader), &reader)?;
        let needs = operation.needs(&reader)?;
        if !needs.is_empty() {
            operation.learn(&self.find(needs).await)?;
        }
        Ok(())
    }

    /// Asks the machines, or others, what an action wants to know of them.
    pub(super) async fn find(&self, needs: Vec<Need>) -> BTreeMap<Need, Value> {
        let mut found = BTreeMap::new();
        for need in needs {
            let value = match &need {
                Need::ConsoleOutput { instance_id, node } => self.console(instance_id, node).await,
                Need::HealthObservations { health_check_id } => self.observations(health_check_id),
                Need::DnsAnswer { zone_id, name, kind, peer, subnet } => {
                    let look_up = LookUp {
                        zone_id: zone_id.clone(),
                        name: name.clone(),
                        r#type: kind.clone(),
                        peer: peer.clone(),
                        subnet: subnet.clone().unwrap_or_default(),
                        explain: false,
                    };
                    self.dns_answer(look_up).await
                }
                Need::ProviderKeys { url, thumbprints, key_id } => {
                    self.providers.keys(url, thumbprints, key_id.as_deref()).await
                }
                Need::ProviderThumbprint { url } => self.providers.thumbprint(url).await,
            };
            found.insert(need, value);
        }
        found
    }

    async fn console(&self, instance_id: &str, node: &str) -> Value {
        let console =
            ConsoleOutput { instance_id: instance_id.to_owned(), follow: false, tail_bytes: CONSOLE_BYTES };
        let Ok(mut running) =
            self.house.agents.call(node, AgentCall { id: 0, call: Some(call::Call::ConsoleOutput(console)) })
        else {
            return Value::Null;
        };
        let collect = async {
            let mut text = Vec::new();
            loop {
                match running.next().await {
                    CallEvent::Output { stdout, .. } => text.extend(stdout),
                    CallEvent::Ended(_) => return Value::String(STANDARD.encode(&text)),
                    CallEvent::Failed(_) => return Value::Null,
                }
            }
        };
        self.house.runtime.within(AGENT_PATIENCE, collect).await.unwrap_or(Value::Null)
    }

    async fn dns_answer(&self, look_up: LookUp) -> Value {
        match self.house.dns_feed.look_up(look_up).await {
            Ok((_, found)) => {
                json!({"rcode": found.rcode, "data": found.data, "transport": found.transport})
            }
            Err(error) => json!({"error": error.to_string()}),
        }
    }

    fn observations(&self, health_check_id: &str) -> Value {
        let observed = self.house.dns_feed.observations(health_check_id).into_iter().map(|observed| {
            let seen = observed.seen;
            json!({
                "server": observed.server, "address": observed.address, "region": observed.checker_region,
                "status": seen.status, "checkedAtMs": seen.checked_at_ms, "lastFailure": seen.last_failure,
                "failedAtMs": seen.failed_at_ms,
            })
        });
        observed.collect()
    }
}
