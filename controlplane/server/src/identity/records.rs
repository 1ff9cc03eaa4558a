//! Writing down what was signed before there was a log.

use crate::core::Core;
use crate::pki::{Folder, Role};
use crate::writer::{Work, WriteError};
use controlplane_raft::Leadership;
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::certificate::{RecordCertificate, RecordCertificateInput};
use controlplane_services_native::server::{DeclareServer, DeclareServerInput};
use std::time::Duration;

/// Between attempts that could not be written.
const RETRY: Duration = Duration::from_secs(1);

/// At each leadership of this member: its own certificates and its addresses are on record. Writes nothing when they are.
pub(crate) async fn keep_records(core: Core, folder: Folder, own: DeclareServerInput) {
    let mut leadership = core.node.leadership();
    loop {
        let current = *leadership.borrow_and_update();
        match current {
            Leadership::Leader { .. } => match write_down(&core, &folder, own.clone()).await {
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

async fn write_down(core: &Core, folder: &Folder, own: DeclareServerInput) -> Result<(), WriteError> {
    write::<DeclareServer>(core, own).await?;
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

async fn write<O: Operation>(core: &Core, input: O::Input) -> Result<(), WriteError> {
    let caller = Caller::system(core.first_start.region.clone());
    let work = Work::new(caller, move |cx| O::run(&input, cx).map(|output| Box::new(output) as _));
    core.writer.write(work).await.map(drop)
}
