//! A server is about to lose its vote: from here on nobody counts on it. Saying it again changes nothing.

use crate::server::Server;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReleaseVoteInput {
    /// Its number.
    pub number: u64,
}

/// See the module. Runs as the system, and asks nobody who needs the vote: whoever releases it has asked.
pub struct ReleaseVote;

impl Operation for ReleaseVote {
    const NAME: &'static str = "ReleaseVote";
    type Input = ReleaseVoteInput;
    type Output = ();

    fn run(input: &ReleaseVoteInput, cx: &mut Context) -> Result<(), ServiceError> {
        let key = Server::key(&cx.caller.region, input.number);
        if let Some(server) = cx.view.get::<Server>(&key).filter(|server| server.votes).cloned() {
            cx.put_at(key, Server { votes: false, ..server });
        }
        Ok(())
    }
}
