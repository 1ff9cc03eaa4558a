//! A server that came in with a token runs, and has become a member of the log. Only news are written.

use crate::errors;
use crate::server::{Entered, Server, numbering};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Who, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnterServerInput {
    /// The number in its certificate.
    pub number: u64,
    /// Its gRPC port, as others reach it.
    pub grpc_address: String,
    /// Its AWS port, as clients reach it.
    pub aws_address: String,
    /// A membership of the log that has it.
    pub entered: Entered,
}

/// See the module. Runs as the system.
pub struct EnterServer;

impl Operation for EnterServer {
    const NAME: &'static str = "EnterServer";
    type Input = EnterServerInput;
    type Output = ();

    fn run(input: &EnterServerInput, cx: &mut Context) -> Result<(), ServiceError> {
        let key = Server::key(&cx.caller.region, input.number);
        let server = cx.view.get::<Server>(&key).cloned();
        let server = server.ok_or_else(|| errors::no_server(input.number))?;
        let server = server.entered_at(&input.grpc_address, &input.aws_address, &input.entered);
        numbering::put(server, cx)
    }
}
