//! A holder wants a fresh certificate. The old one stays good until its own end, so nothing has to happen at once.

use crate::certificate::{Certificate, Issued, Role, Term, issue};
use crate::errors;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// What the certificate of the caller says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenewCertificateInput {
    /// Its serial number.
    pub serial: String,
    /// What the holder is, and stays.
    pub role: Role,
    /// Who the holder is, and stays.
    pub name: String,
    /// How long the new one lives.
    pub term: Term,
}

/// See the module. Runs as the system.
pub struct RenewCertificate;

impl Operation for RenewCertificate {
    const NAME: &'static str = "RenewCertificate";
    type Input = RenewCertificateInput;
    type Output = Issued;

    fn run(input: &RenewCertificateInput, cx: &mut Context) -> Result<Issued, ServiceError> {
        // The member that took the request may not have heard of the revocation; the writer has.
        if Certificate::is_revoked(&cx.view, &cx.caller.region, &input.serial) {
            return Err(errors::certificate_revoked(&input.serial));
        }
        issue(input.role, &input.name, &input.term, cx)
    }
}
