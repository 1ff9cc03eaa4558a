//! Takes certificates back: one by its number, or all that `role/name` holds.

use crate::certificate::Certificate;
use crate::errors;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// Which.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RevokeCertificateInput {
    /// A serial number, or `role/name`.
    pub target: String,
    /// The caller's own: taking it back would lock him out in the middle of the request.
    pub own_serial: String,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevokeCertificateOutput {
    /// Serial numbers, without those that were revoked before.
    pub serials: Vec<String>,
}

/// See the module. Runs as the system.
pub struct RevokeCertificate;

impl Operation for RevokeCertificate {
    const NAME: &'static str = "RevokeCertificate";
    type Input = RevokeCertificateInput;
    type Output = RevokeCertificateOutput;

    fn run(
        input: &RevokeCertificateInput,
        cx: &mut Context,
    ) -> Result<RevokeCertificateOutput, ServiceError> {
        let targets = targets(&input.target, cx);
        if targets.is_empty() {
            return Err(errors::no_certificate(&input.target));
        }
        if targets.contains(&input.own_serial) {
            return Err(errors::own_certificate(&input.own_serial));
        }
        Ok(RevokeCertificateOutput { serials: revoke(targets, cx) })
    }
}

/// Takes back everything `role/name` holds.
pub(crate) fn revoke_all_of(holder: &str, cx: &mut Context) {
    revoke(targets(holder, cx), cx);
}

/// Answers the serial numbers that were not revoked before.
fn revoke(targets: Vec<String>, cx: &mut Context) -> Vec<String> {
    let mut serials = Vec::new();
    for serial in targets {
        let Some(certificate) = cx.get::<Certificate>(&serial).cloned() else { continue };
        if certificate.revoked_at.is_none() {
            let revoked = Certificate { revoked_at: Some(cx.now), ..certificate };
            cx.event(Certificate::KIND, &serial, "Revoked", format!("held by {}", revoked.holder()));
            cx.put(&serial, revoked);
            serials.push(serial);
        }
    }
    serials
}

fn targets(target: &str, cx: &Context) -> Vec<String> {
    if target.contains('/') {
        return Certificate::held_by(&cx.view, &cx.caller.region, target).map(str::to_owned).collect();
    }
    cx.get::<Certificate>(target).map(|_| target.to_owned()).into_iter().collect()
}
