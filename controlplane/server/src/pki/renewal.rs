//! Renewing: a fresh certificate after two thirds of the old one's life, for as long as the program runs.
//!
//! The last third is for trying again: with the usual 90 days the cluster may be away for a month. Somebody else on the
//! machine may have renewed the same certificate (a command line beside a server), so the folder is looked at first.

use super::redirect::{CallError, ask_leader};
use super::{Credentials, Holder, KeyAndRequest, Role};
use controlplane_proto::identity::RenewRequest;
use controlplane_types::{Runtime, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Wall clocks jump and machines sleep: the date is looked at no less often than this.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// After a failure, a part of the life, between these.
const RETRY_PART: u32 = 200;
const SHORTEST_RETRY: Duration = Duration::from_millis(200);
const LONGEST_RETRY: Duration = Duration::from_secs(3600);

/// Where the servers are, as known at the moment of asking.
pub type Servers = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// Keeps a certificate fresh. Runs until it is dropped.
pub async fn keep(credentials: Arc<Credentials>, servers: Servers, runtime: Arc<dyn Runtime>) {
    let spread = runtime.random();
    loop {
        let now = runtime.now();
        let due = due(&credentials.holder(), spread);
        if due > now {
            runtime.sleep(due.since(now).min(LONGEST_WAIT)).await;
            continue;
        }
        if let Err(error) = renew(&credentials, &servers(), &*runtime).await {
            let (until, holder) = (credentials.holder().not_after, credentials.holder().display_name());
            tracing::warn!(%error, %holder, %until, "the certificate cannot be renewed yet");
            let retry = credentials.holder().life() / RETRY_PART;
            runtime.sleep(retry.clamp(SHORTEST_RETRY, LONGEST_RETRY)).await;
        }
    }
}

/// Renews now.
pub async fn renew(
    credentials: &Credentials,
    servers: &[String],
    runtime: &dyn Runtime,
) -> Result<(), CallError> {
    if take_from_folder(credentials) {
        return Ok(());
    }
    let own = KeyAndRequest::generate()?;
    let connector = credentials.connector(Role::Server)?;
    let answer = ask_leader(servers, &connector, runtime, |mut client| {
        let request = RenewRequest { csr: own.request.clone() };
        async move { client.renew(request).await.map(tonic::Response::into_inner) }
    });
    let answer = answer.await?;
    let role = credentials.holder().role;
    credentials.folder().install(role, &answer.certificate, &own.key, &answer.authorities)?;
    credentials.reload()?;
    let holder = credentials.holder();
    tracing::info!(holder = %holder.display_name(), serial = %holder.serial, until = %holder.not_after, "certificate renewed");
    Ok(())
}

/// Whether the folder held another one. Should that be due as well, it is renewed next.
fn take_from_folder(credentials: &Credentials) -> bool {
    let used = credentials.holder();
    let kept = credentials.folder().holder(used.role);
    kept.is_ok_and(|kept| kept.serial != used.serial && kept.name == used.name)
        && credentials.reload().is_ok()
}

/// After two thirds of the life, and a little later by chance: certificates made together need not be renewed together.
fn due(holder: &Holder, spread: u64) -> Timestamp {
    let twentieth = u64::try_from(holder.life().as_millis()).unwrap_or(u64::MAX) / 20;
    holder.renewal_at() + Duration::from_millis(spread % twentieth.max(1))
}
