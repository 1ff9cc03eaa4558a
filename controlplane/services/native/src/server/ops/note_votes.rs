//! The membership of the log has settled: who votes is written down. Only news are written.

use crate::server::Server;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the log has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteVotesInput {
    /// Numbers of the servers that count for majorities and are not being removed.
    pub voters: BTreeSet<u64>,
}

/// See the module. Runs as the system.
pub struct NoteVotes;

impl Operation for NoteVotes {
    const NAME: &'static str = "NoteVotes";
    type Input = NoteVotesInput;
    type Output = ();

    fn run(input: &NoteVotesInput, cx: &mut Context) -> Result<(), ServiceError> {
        let region = cx.caller.region.clone();
        let news: Vec<Server> = Server::all(&cx.view, &region)
            .filter(|server| server.votes != input.voters.contains(&server.number))
            .map(|server| server.record.clone())
            .collect();
        for server in news {
            cx.put_at(Server::key(&region, server.number), Server { votes: !server.votes, ..server });
        }
        Ok(())
    }
}
