//! A certificate that was signed before there was a log. Only news are written.

use crate::certificate::{Certificate, Role, validate_name};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// What it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordCertificateInput {
    /// Hexadecimal.
    pub serial: String,
    /// What its holder is.
    pub role: Role,
    /// Who its holder is.
    pub name: String,
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

/// See the module. Runs as the system.
pub struct RecordCertificate;

impl Operation for RecordCertificate {
    const NAME: &'static str = "RecordCertificate";
    type Input = RecordCertificateInput;
    type Output = ();

    fn run(input: &RecordCertificateInput, cx: &mut Context) -> Result<(), ServiceError> {
        validate_name(&input.name)?;
        // One that is known may have been revoked since; one that has ended is forgotten for good.
        if cx.get::<Certificate>(&input.serial).is_some() || input.not_after <= cx.now {
            return Ok(());
        }
        let certificate = Certificate {
            role: input.role,
            name: input.name.clone(),
            not_before: input.not_before,
            not_after: input.not_after,
            revoked_at: None,
        };
        cx.event(Certificate::KIND, &input.serial, "Recorded", format!("for {}", certificate.holder()));
        cx.put(&input.serial, certificate);
        Ok(())
    }
}
