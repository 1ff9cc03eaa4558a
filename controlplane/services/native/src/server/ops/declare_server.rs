//! A server that leads says who it is: the first one was there before tokens were. Only news are written.

use crate::server::{Entered, Server, numbering};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// What the server says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclareServerInput {
    /// The number it runs under.
    pub number: u64,
    /// What people call it, unless it has a name already.
    pub name: String,
    /// Its gRPC port, as others reach it.
    pub grpc_address: String,
    /// Its AWS port, as clients reach it.
    pub aws_address: String,
    /// A membership of the log that has it.
    pub entered: Entered,
}

/// See the module. Runs as the system.
pub struct DeclareServer;

impl Operation for DeclareServer {
    const NAME: &'static str = "DeclareServer";
    type Input = DeclareServerInput;
    type Output = ();

    fn run(input: &DeclareServerInput, cx: &mut Context) -> Result<(), ServiceError> {
        let key = Server::key(&cx.caller.region, input.number);
        let server = cx.view.get::<Server>(&key).cloned().unwrap_or_else(|| Server {
            number: input.number,
            name: input.name.clone(),
            grpc_address: String::new(),
            aws_address: String::new(),
            joined_at: cx.now,
            entered: None,
            clock_off_ms: None,
            // Who leads votes.
            votes: true,
        });
        let server = server.entered_at(&input.grpc_address, &input.aws_address, &input.entered);
        numbering::put(server, cx)
    }
}
