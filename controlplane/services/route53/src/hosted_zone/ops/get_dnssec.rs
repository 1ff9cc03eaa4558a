//! GetDNSSEC. No zone is signed here yet, and this says so: tools that only want to know (Ansible's) go on, and what would sign
//! one is refused by name.

use crate::errors;
use crate::hosted_zone::validate;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetDnssec;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDnssecInput {
    hosted_zone_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDnssecOutput {
    status: Status,
    key_signing_keys: Vec<()>,
}

/// AWS's words.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    serve_signature: &'static str,
}

impl Query for GetDnssec {
    const NAME: &'static str = "GetDNSSEC";
    type Input = GetDnssecInput;
    type Output = GetDnssecOutput;

    fn run(input: &GetDnssecInput, cx: &Reader) -> Result<GetDnssecOutput, ServiceError> {
        let (id, zone) = validate::existing(&input.hosted_zone_id, cx)?;
        if zone.is_private() {
            return Err(errors::not_for_private_zones(id, "signed"));
        }
        Ok(GetDnssecOutput {
            status: Status { serve_signature: "NOT_SIGNING" },
            key_signing_keys: Vec::new(),
        })
    }
}
