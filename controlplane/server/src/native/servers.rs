//! The servers themselves: which there are, and which shall lead.
//!
//! A server knows for sure only what concerns itself, so each is asked for its own status, all at the same time. One that
//! does not answer is listed all the same: a list that hides the dead ones is of no use to whoever looks for them.

use super::NativeDoor;
use crate::cluster::relay::not_done;
use controlplane_proto::api;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_raft::{Leadership, NodeId};
use std::time::Duration;
use tonic::Status;

/// A server that does not answer by then is listed as not reachable.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// A hand-over that takes longer has failed.
const HAND_OVER_WITHIN: Duration = Duration::from_secs(3);

/// Every server, by number.
pub(super) async fn list(door: &NativeDoor) -> Vec<api::Server> {
    let leader = door.core.cluster.leader();
    let asked = door.core.cluster.addresses().iter().map(|(number, address)| async move {
        let server = api::Server {
            number: *number,
            address: address.clone(),
            role: api::server::Role::Voter.into(),
            leader: leader == Some(*number),
            ..api::Server::default()
        };
        let (status, answered_in) = match *number == door.core.cluster.number() {
            true => (Some(door.own_status()), Duration::ZERO),
            false => ask(door, address).await,
        };
        match status {
            Some(status) => api::Server {
                reachable: true,
                applied_index: status.applied_index,
                answered_in_ms: answered_in.as_millis() as u32,
                version: status.version,
                ..server
            },
            None => server,
        }
    });
    futures::future::join_all(asked).await
}

async fn ask(door: &NativeDoor, address: &str) -> (Option<api::StatusResponse>, Duration) {
    let runtime = &door.core.runtime;
    let began = runtime.monotonic();
    let answer = async {
        let mut client = HearthClient::new(door.relay.channel(address)?);
        client.status(api::StatusRequest {}).await
    };
    let answer = tokio::select! {
        biased;
        answer = answer => answer.ok(),
        () = runtime.sleep(ANSWER_WITHIN) => None,
    };
    (answer.map(tonic::Response::into_inner), runtime.monotonic().saturating_sub(began))
}

/// Hands leadership to server `to`, or with 0 to the one that is furthest; the number of who leads then.
pub(super) async fn transfer_leader(door: &NativeDoor, to: NodeId) -> Result<NodeId, Status> {
    let cluster = &door.core.cluster;
    let to = match to {
        0 => furthest(door).await?,
        to if cluster.addresses().contains_key(&to) => to,
        to => return Err(Status::not_found(format!("to: there is no server {to}"))),
    };
    let own = cluster.number();
    if to == own {
        return Ok(own);
    }
    let stopping = |_| not_done("this server is stopping");
    cluster.node().transfer_leader(to).await.map_err(stopping)?;
    let mut leadership = cluster.leadership();
    let handed_over = leadership
        .wait_for(|now| matches!(now, Leadership::Follower { leader: Some(_), .. } | Leadership::Stopped));
    let new = tokio::select! {
        biased;
        now = handed_over => now.ok().map(|now| *now),
        () = door.core.runtime.sleep(HAND_OVER_WITHIN) => None,
    };
    match new {
        Some(Leadership::Follower { leader: Some(leader), .. }) if leader == to => Ok(leader),
        Some(Leadership::Follower { leader: Some(leader), .. }) => {
            Err(Status::aborted(format!("server {leader} was elected instead of server {to}")))
        }
        _ => Err(Status::aborted(format!(
            "server {to} did not take over within {} s; `hearth server list` shows whether it answers",
            HAND_OVER_WITHIN.as_secs()
        ))),
    }
}

/// The other server with the most entries applied, among those that answer.
async fn furthest(door: &NativeDoor) -> Result<NodeId, Status> {
    let servers = list(door).await;
    let others = servers.iter().filter(|server| server.reachable && !server.leader);
    let furthest = others.max_by_key(|server| server.applied_index).map(|server| server.number);
    furthest.ok_or_else(|| Status::failed_precondition("there is no other server that answers"))
}
