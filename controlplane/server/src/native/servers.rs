//! The servers themselves: which there are, which shall lead, who comes to vote and who goes.
//!
//! A server knows for sure only what concerns itself, so each is asked for its own status, all at the same time. One that
//! does not answer is listed all the same: a list that hides the dead ones is of no use to whoever looks for them.

use super::NativeDoor;
use super::error::{HINT_KEY, write_failed};
use crate::cluster::clocks;
use crate::cluster::relay::not_done;
use crate::cluster::votes;
use crate::writer::Work;
use controlplane_proto::api;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_raft::{MembershipError, NodeId, RaftNode, Remaining, Role, TransferError};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::server::{RemoveServer, RemoveServerInput};
use std::time::Duration;
use tonic::Status;
use tonic::metadata::MetadataValue;

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
            Some(status) => {
                let server = api::Server {
                    reachable: true,
                    applied_index: status.applied_index,
                    answered_in_ms: answered_in.as_millis() as u32,
                    version: status.version,
                    ..server
                };
                (server, status.members)
            }
            None => (server, Vec::new()),
        }
    });
    let mut servers: Vec<api::Server> = Vec::new();
    let mut leaders_view = Vec::new();
    for (server, seen) in futures::future::join_all(asked).await {
        servers.push(server);
        // Nobody but the leader has anything to say.
        leaders_view.extend(seen);
    }
    for server in &mut servers {
        server.seen = leaders_view.iter().find(|seen| seen.number == server.number).cloned();
    }
    servers
}

/// What this server sees of the others, itself included, while it leads.
pub(super) fn seen(node: &RaftNode) -> Vec<api::MemberSeen> {
    if node.leadership().borrow().leads().is_none() {
        return Vec::new();
    }
    let (last, offsets, wrong) = (node.metrics().last_log, node.clock_offsets(), clocks::wrong(node));
    let seen = node.members().into_iter().map(|(number, member)| api::MemberSeen {
        number,
        matched_index: member.matched,
        lag: last.saturating_sub(member.matched.unwrap_or(0)),
        clock_offset_ms: if number == node.id() { Some(0) } else { offsets.get(&number).copied() },
        clock_wrong: wrong.contains_key(&number),
    });
    seen.collect()
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

/// Gives a learner its vote.
pub(super) async fn promote(door: &NativeDoor, number: NodeId) -> Result<(), Status> {
    door.core.node.promote(number).await.map_err(|error| not_changed(&error))
}

/// Puts a server out: its vote off the records, which hosted zones may refuse, itself out of the log, then off the records, with its certificates. What was cut off in between is done by
/// the leader's own care, and by asking again.
pub(super) async fn remove(door: &NativeDoor, request: &api::RemoveServerRequest) -> Result<(), Status> {
    let (node, number) = (&door.core.node, request.number);
    let remaining = match request.may_lose_quorum {
        true => Remaining::MayLackQuorum,
        false => Remaining::HaveQuorum,
    };
    if number == node.id() && node.pass_leadership_on().await {
        // A leader that puts itself out would have nobody left to tell.
        return Err(not_done(format!("server {number} has handed leadership over first; try again")));
    }
    let _departure = votes::release(&door.core, number).await.map_err(write_failed)?;
    match node.remove(number, remaining).await {
        // Known by its token only, or the second half of a removal.
        Ok(()) | Err(MembershipError::Unknown(_)) => {}
        Err(error) => return Err(not_changed(&error)),
    }
    let work = Work::new(Caller::system(door.core.first_start.region.clone()), move |cx| {
        RemoveServer::run(&RemoveServerInput { number }, cx).map(|output| Box::new(output) as _)
    });
    door.core.writer.write(work).await.map(drop).map_err(write_failed)
}

/// Why the membership is as it was, or may be.
fn not_changed(error: &MembershipError) -> Status {
    let message = error.to_string();
    match error {
        MembershipError::NotLeader { .. } | MembershipError::InProgress | MembershipError::Stopped => {
            not_done(message)
        }
        MembershipError::Unknown(_) => Status::not_found(message),
        MembershipError::LostLeadership => Status::aborted(message),
        MembershipError::NoQuorum { .. } => {
            let mut status = Status::failed_precondition(message);
            let hint = "start the others, or remove those that are dead first; --even-without-quorum does it all the same, \
                        and nothing more is decided until enough of them are back";
            status.metadata_mut().insert(HINT_KEY, MetadataValue::from_static(hint));
            status
        }
        MembershipError::LastVoter
        | MembershipError::AlreadyVoter(_)
        | MembershipError::AlreadyMember(_)
        | MembershipError::AddressTaken { .. }
        | MembershipError::NoAddress
        | MembershipError::Behind { .. } => Status::failed_precondition(message),
    }
}
