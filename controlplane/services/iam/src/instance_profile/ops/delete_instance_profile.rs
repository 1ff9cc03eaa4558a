//! DeleteInstanceProfile: one without a role.

use crate::entity::Entity;
use crate::errors;
use crate::instance_profile::InstanceProfile;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteInstanceProfile;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteInstanceProfileInput {
    instance_profile_name: String,
}

impl Operation for DeleteInstanceProfile {
    const NAME: &'static str = "DeleteInstanceProfile";
    type Input = DeleteInstanceProfileInput;
    type Output = ();

    fn run(input: &DeleteInstanceProfileInput, cx: &mut Context) -> Result<(), ServiceError> {
        let profile = InstanceProfile::existing(&input.instance_profile_name, cx)?;
        if profile.role.is_some() {
            return Err(errors::cannot_delete("remove roles from instance profile"));
        }
        let id = profile.name.to_lowercase();
        cx.delete::<InstanceProfile>(&id);
        Ok(())
    }
}
