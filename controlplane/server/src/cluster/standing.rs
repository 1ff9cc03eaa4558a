//! Whether this server still belongs to its cluster.
//!
//! A server that was removed is the last to learn of it: the others stop talking to it, and refuse its certificate when it
//! asks. So when the log hears from no leader, the others are asked without a certificate, over TLS that proves *them*.
//! Which numbers were removed is no secret; that nobody can be talked into ending himself is what matters, and only
//! a server of the cluster can answer.
//!
//! Nothing is asked while a leader is heard.

use crate::core::Core;
use crate::pki::{Credentials, Role, pinned_connector};
use controlplane_proto::identity::StandingRequest;
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_proto::tls::Connector;
use std::sync::Arc;
use std::time::Duration;

/// Between two rounds of questions.
const PAUSE: Duration = Duration::from_secs(2);
/// One server's time to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Completes when this server is known to have been removed.
pub(crate) async fn lost(core: &Core, credentials: &Arc<Credentials>) {
    let mut members = core.node.watch_members();
    let told = async { members.wait_for(|members| members.removed).await.is_ok() };
    let asked = async {
        let mut adrift = core.node.adrift();
        // An error means that this server stops, which says nothing about its standing.
        while adrift.wait_for(|adrift| *adrift).await.is_ok() {
            let mut others = core.cluster.addresses();
            others.remove(&core.node.id());
            let others: Vec<String> = others.into_values().collect();
            if is_removed(core, credentials, &others).await {
                return;
            }
            core.runtime.sleep(PAUSE).await;
        }
        std::future::pending().await
    };
    tokio::select! {
        biased;
        told = told => if !told { std::future::pending().await },
        () = asked => {}
    }
}

/// Whether one of `servers` says that this server was removed.
pub(super) async fn is_removed(core: &Core, credentials: &Arc<Credentials>, servers: &[String]) -> bool {
    let authorities = credentials.folder().trusted().unwrap_or_default();
    let Some(connector) = authorities.first().and_then(|first| pinned_connector(*first, Role::Server).ok())
    else {
        return false;
    };
    let asked = servers.iter().map(|server| {
        let answer = ask(server, connector.clone(), core.node.id());
        async move {
            tokio::select! {
                biased;
                removed = answer => removed.unwrap_or(false),
                () = core.runtime.sleep(ANSWER_WITHIN) => false,
            }
        }
    });
    futures::future::join_all(asked).await.contains(&true)
}

async fn ask(server: &str, connector: Connector, number: u64) -> Option<bool> {
    let channel = Connector::endpoint(server).ok()?.connect_with_connector(connector).await.ok()?;
    let answer = IdentityClient::new(channel).standing(StandingRequest { number }).await.ok()?;
    Some(answer.into_inner().removed)
}
