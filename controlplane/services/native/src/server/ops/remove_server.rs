//! A server is put out for good: its record goes, its certificates are revoked, its number is not given again.

use crate::certificate;
use crate::errors;
use crate::server::Server;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveServerInput {
    /// Its number.
    pub number: u64,
}

/// See the module. Runs as the system. Saying it again changes nothing.
pub struct RemoveServer;

impl Operation for RemoveServer {
    const NAME: &'static str = "RemoveServer";
    type Input = RemoveServerInput;
    type Output = ();

    fn run(input: &RemoveServerInput, cx: &mut Context) -> Result<(), ServiceError> {
        let region = cx.caller.region.clone();
        let key = Server::key(&region, input.number);
        let Some(server) = cx.view.get::<Server>(&key).cloned() else {
            return match Server::is_removed(&cx.view, &region, input.number) {
                true => Ok(()),
                false => Err(errors::no_server(input.number)),
            };
        };
        let holder = format!("server/{}", Server::id(input.number));
        certificate::revoke_all_of(&holder, cx);
        let message = format!("{} at {}", server.name, server.grpc_address);
        cx.event(Server::KIND, &Server::id(input.number), "Removed", message);
        cx.delete_at(key);
        Ok(())
    }
}
