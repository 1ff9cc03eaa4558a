//! CreateInstanceProfile.

use crate::entity::{self, Entity};
use crate::instance_profile::{InstanceProfile, InstanceProfileShown};
use crate::tag::{self, Tag};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateInstanceProfile;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateInstanceProfileInput {
    instance_profile_name: String,
    path: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateInstanceProfileOutput {
    instance_profile: InstanceProfileShown,
}

impl Operation for CreateInstanceProfile {
    const NAME: &'static str = "CreateInstanceProfile";
    type Input = CreateInstanceProfileInput;
    type Output = CreateInstanceProfileOutput;

    fn run(
        input: &CreateInstanceProfileInput,
        cx: &mut Context,
    ) -> Result<CreateInstanceProfileOutput, ServiceError> {
        let profile = InstanceProfile {
            instance_profile_id: entity::new::<InstanceProfile>(&input.instance_profile_name, cx)?,
            name: input.instance_profile_name.clone(),
            path: entity::path_or_root(input.path.as_deref()),
            created_at: cx.now,
            role: None,
            tags: tag::given(input.tags.as_deref())?,
        };
        let instance_profile = InstanceProfileShown::whole(&profile, cx);
        profile.store(cx);
        Ok(CreateInstanceProfileOutput { instance_profile })
    }
}
