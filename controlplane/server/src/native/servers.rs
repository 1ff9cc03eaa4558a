//! The servers themselves: which there are, and which shall lead.
//!
//! A server knows for sure only what concerns itself, so each is asked for its own status, all at the same time. One that
//! does not answer is listed all the same: a list that hides the dead ones is of no use to whoever looks for them.

use super::NativeDoor;
use crate::cluster::relay::not_done;
use controlplane_proto::api;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_raft::{NodeId, Role, TransferError};
use std::time::Duration;
use tonic::Status;

/// A server that does not answer by then is listed as not reachable.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// Every server, by number.
pub(super) async fn list(door: &NativeDoor) -> Vec<api::Server> {
    let leader = door.core.cluster.leader();
    let asked = door.core.node.members().into_iter().map(|(number, member)| async move {
        let (status, answered_in) = match number == door.core.cluster.number() {
            true => (Some(door.own_status()), Duration::ZERO),
            false => ask(door, &member.address).await,
        };
        let role = match member.role {
            Role::Voter => api::server::Role::Voter,
            Role::Learner => api::server::Role::Learner,
        };
        let server = api::Server {
            number,
            address: member.address,
            role: role.into(),
            leader: leader == Some(number),
            ..api::Server::default()
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
    match cluster.node().transfer_leader(to).await {
        Ok(()) => Ok(to),
        Err(error @ (TransferError::Stopped | TransferError::NotLeader { .. })) => {
            Err(not_done(error.to_string()))
        }
        Err(error @ TransferError::NotAVoter(_)) => Err(Status::failed_precondition(error.to_string())),
        Err(error @ (TransferError::Unreachable(_) | TransferError::NotTaken(_))) => {
            Err(Status::aborted(format!("{error}; `hearth server list` shows whether it answers")))
        }
    }
}

/// The other server with the most entries applied, among those that answer.
async fn furthest(door: &NativeDoor) -> Result<NodeId, Status> {
    let servers = list(door).await;
    let others = servers.iter().filter(|server| server.reachable && !server.leader);
    let furthest = others.max_by_key(|server| server.applied_index).map(|server| server.number);
    furthest.ok_or_else(|| Status::failed_precondition("there is no other server that answers"))
}
