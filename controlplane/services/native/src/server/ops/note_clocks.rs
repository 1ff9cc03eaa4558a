//! The leader has compared clocks. Written down is who is wrong and since when, not every millisecond of it: an event when a
//! clock goes wrong, one when it is right again, and nothing in between.

use crate::server::Server;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoteClocksInput {
    /// Servers whose clock is wrong, and by how many milliseconds it is ahead (or behind, when negative).
    pub wrong: BTreeMap<u64, i64>,
}

/// See the module. Runs as the system.
pub struct NoteClocks;

impl Operation for NoteClocks {
    const NAME: &'static str = "NoteClocks";
    type Input = NoteClocksInput;
    type Output = ();

    fn run(input: &NoteClocksInput, cx: &mut Context) -> Result<(), ServiceError> {
        let region = cx.caller.region.clone();
        let servers: Vec<Server> =
            Server::all(&cx.view, &region).map(|server| server.record.clone()).collect();
        for server in servers {
            let off = input.wrong.get(&server.number).copied();
            if off.is_some() == server.clock_off_ms.is_some() {
                continue;
            }
            let (id, key) = (Server::id(server.number), Server::key(&region, server.number));
            match off {
                Some(off) => cx.event(Server::KIND, &id, "ClockWrong", described(off)),
                None => {
                    cx.event(Server::KIND, &id, "ClockRight", "it agrees with the others again".to_owned())
                }
            }
            cx.put_at(key, Server { clock_off_ms: off, ..server });
        }
        Ok(())
    }
}

/// For people.
pub fn described(off_ms: i64) -> String {
    let direction = if off_ms > 0 { "ahead of" } else { "behind" };
    format!("its clock is {} ms {direction} the others'", off_ms.unsigned_abs())
}
