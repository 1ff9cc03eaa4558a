//! The way from a certificate to a member: a server that runs says so to the leader, which then sends it the log.
//!
//! The server asks, and not the leader by itself as soon as it has given the certificate: a machine that was let in and
//! never came would be a member that nobody ever reaches.

use super::standing;
use crate::core::Core;
use crate::pki::join::{CallError, NewServer, ask_leader};
use crate::pki::{Credentials, Role};
use crate::writer::CLUSTER_VERSION;
use controlplane_proto::identity::EnterRequest;
use std::sync::Arc;
use std::time::Duration;

/// Between attempts; doubles up to the longest.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// For the leader's entry to arrive here, after it said that it made it.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

/// Asks one of `servers` until this server is a member; returns at once when it is. `false` when it never can be, because
/// it was removed.
pub(crate) async fn enter(
    core: &Core,
    credentials: &Arc<Credentials>,
    servers: &[String],
    own: &NewServer,
) -> bool {
    let mut pause = PAUSE;
    while !is_member(core) {
        match ask(core, credentials, servers, own).await {
            Ok(()) => arrived(core).await,
            Err(error) => {
                if standing::is_removed(core, credentials, servers).await {
                    return false;
                }
                tracing::warn!(error = &error as &dyn std::error::Error, "not a member yet; trying again");
                core.runtime.sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    true
}

fn is_member(core: &Core) -> bool {
    core.node.watch_members().borrow().members.contains_key(&core.node.id())
}

async fn ask(
    core: &Core,
    credentials: &Arc<Credentials>,
    servers: &[String],
    own: &NewServer,
) -> Result<(), CallError> {
    let request = EnterRequest {
        grpc_address: own.grpc_address.clone(),
        aws_address: own.aws_address.clone(),
        record_version: CLUSTER_VERSION,
    };
    let connector = credentials.connector(Role::Server)?;
    ask_leader(servers, &connector, &*core.runtime, |mut client| {
        let request = request.clone();
        async move { client.enter(request).await.map(drop) }
    })
    .await
}

async fn arrived(core: &Core) {
    let (mut members, id) = (core.node.watch_members(), core.node.id());
    tokio::select! {
        biased;
        // An error means that this server stops.
        _ = members.wait_for(|members| members.members.contains_key(&id)) => {}
        () = core.runtime.sleep(ARRIVES_WITHIN) => tracing::warn!("the leader has not sent the log yet; asking again"),
    }
}
