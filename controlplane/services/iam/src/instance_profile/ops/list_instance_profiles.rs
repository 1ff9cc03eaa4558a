//! ListInstanceProfiles.

use crate::entity::under;
use crate::instance_profile::{InstanceProfile, InstanceProfileShown};
use crate::page::page;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListInstanceProfiles;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInstanceProfilesInput {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInstanceProfilesOutput {
    instance_profiles: Vec<InstanceProfileShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListInstanceProfiles {
    const NAME: &'static str = "ListInstanceProfiles";
    type Input = ListInstanceProfilesInput;
    type Output = ListInstanceProfilesOutput;

    fn run(
        input: &ListInstanceProfilesInput,
        reader: &Reader,
    ) -> Result<ListInstanceProfilesOutput, ServiceError> {
        let found = under::<InstanceProfile>(input.path_prefix.as_deref(), reader);
        let page = page(found, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|found| InstanceProfileShown::brief(found, reader));
        Ok(ListInstanceProfilesOutput {
            instance_profiles: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
