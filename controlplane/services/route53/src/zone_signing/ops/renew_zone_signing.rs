//! Internal: a signed zone's keys move on, if it is time, and are signed anew.

use crate::zone_signing::{ZoneSigning, signatures};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct RenewZoneSigning;

/// Which zone.
#[derive(Debug, Serialize, Deserialize)]
pub struct RenewZoneSigningInput {
    /// Its id.
    pub hosted_zone_id: String,
}

impl Operation for RenewZoneSigning {
    const NAME: &'static str = "RenewZoneSigning";
    type Input = RenewZoneSigningInput;
    type Output = ();

    fn run(input: &RenewZoneSigningInput, cx: &mut Context) -> Result<(), ServiceError> {
        let zone_id = input.hosted_zone_id.as_str();
        if let Some(mut signing) = cx.get::<ZoneSigning>(zone_id).cloned() {
            signing.step(cx.now, cx.random());
            signatures::sign(zone_id, signing, cx)?;
        }
        Ok(())
    }
}
