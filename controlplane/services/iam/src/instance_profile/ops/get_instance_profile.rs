//! GetInstanceProfile.

use crate::entity::Entity;
use crate::instance_profile::{InstanceProfile, InstanceProfileShown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetInstanceProfile;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetInstanceProfileInput {
    instance_profile_name: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetInstanceProfileOutput {
    instance_profile: InstanceProfileShown,
}

impl Query for GetInstanceProfile {
    const NAME: &'static str = "GetInstanceProfile";
    type Input = GetInstanceProfileInput;
    type Output = GetInstanceProfileOutput;

    fn run(
        input: &GetInstanceProfileInput,
        reader: &Reader,
    ) -> Result<GetInstanceProfileOutput, ServiceError> {
        let profile = InstanceProfile::existing(&input.instance_profile_name, reader)?;
        Ok(GetInstanceProfileOutput { instance_profile: InstanceProfileShown::whole(profile, reader) })
    }
}
