//! Writing down what was signed before there was a log.

use crate::core::Core;
use crate::pki::join::NewServer;
use crate::pki::{Folder, Role};
use crate::writer::{Work, WriteError};
use controlplane_raft::Leadership;
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::certificate::{RecordCertificate, RecordCertificateInput};
use controlplane_services_native::server::{DeclareServer, DeclareServerInput, Entered};
use std::time::Duration;

/// Between attempts that could not be written.
const RETRY: Duration = Duration::from_secs(1);

/// At each leadership of this member: its own certificates and its addresses are on record. Writes nothing when they are.
pub(crate) async fn keep_records(core: Core, folder: Folder, name: String, own: NewServer) {
    let mut leadership = core.node.leadership();
    loop {
        let current = *leadership.borrow_and_update();
        match current {
            Leadership::Leader { .. } => match write_down(&core, &folder, &name, &own).await {
                Ok(()) => {}
                Err(WriteError::Stopped) => return,
                Err(error) => {
                    tracing::warn!(%error, "this server's own certificates are not on record yet");
                    core.runtime.sleep(RETRY).await;
                    continue;
                }
            },
            Leadership::Stopped => return,
            _ => {}
        }
        if leadership.changed().await.is_err() {
            return;
        }
    }
}

async fn write_down(core: &Core, folder: &Folder, name: &str, own: &NewServer) -> Result<(), WriteError> {
    let declared = DeclareServerInput {
        number: core.node.id(),
        name: name.to_owned(),
        grpc_address: own.grpc_address.clone(),
        aws_address: own.aws_address.clone(),
        entered: entered(core),
    };
    write::<DeclareServer>(core, declared).await?;
    for holder in Role::ALL.iter().filter_map(|role| folder.holder(*role).ok()) {
        let input = RecordCertificateInput {
            serial: holder.serial,
            role: holder.role,
            name: holder.name,
            not_before: holder.not_before,
            not_after: holder.not_after,
        };
        write::<RecordCertificate>(core, input).await?;
    }
    Ok(())
}

/// The membership of the moment.
pub(super) fn entered(core: &Core) -> Entered {
    Entered { cluster: core.cluster_id.clone(), index: core.node.watch_members().borrow().index }
}

async fn write<O: Operation>(core: &Core, input: O::Input) -> Result<(), WriteError> {
    let caller = Caller::system(core.first_start.region.clone());
    let work = Work::new(caller, move |cx| O::run(&input, cx).map(|output| Box::new(output) as _));
    core.writer.write(work).await.map(drop)
}
