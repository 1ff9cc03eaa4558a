//! A server that was there before tokens were (the first one, or a member of a static list) says who it is. Only news are
//! written.

use crate::server::numbering;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// What the server says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclareServerInput {
    /// The number it runs under.
    pub number: u64,
    /// What people call it.
    pub name: String,
    /// Its gRPC port, as others reach it.
    pub grpc_address: String,
    /// Its AWS port, as clients reach it.
    pub aws_address: String,
}

/// See the module. Runs as the system.
pub struct DeclareServer;

impl Operation for DeclareServer {
    const NAME: &'static str = "DeclareServer";
    type Input = DeclareServerInput;
    type Output = ();

    fn run(input: &DeclareServerInput, cx: &mut Context) -> Result<(), ServiceError> {
        numbering::put(input.number, &input.name, &input.grpc_address, &input.aws_address, cx)
    }
}
