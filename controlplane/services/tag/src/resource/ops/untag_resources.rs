//! UntagResources. Keys that are not there are passed over.

use crate::resource::changing::{self, ChangedOutput};
use controlplane_services_kernel::tagged::TagChange;
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UntagResources;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UntagResourcesInput {
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Vec<String>,
    tag_keys: Vec<String>,
}

impl Operation for UntagResources {
    const NAME: &'static str = "UntagResources";
    type Input = UntagResourcesInput;
    type Output = ChangedOutput;

    fn accesses(input: &UntagResourcesInput, cx: &Reader) -> Option<Vec<Access>> {
        let own = Access::anything().with_all("aws:TagKeys", input.tag_keys.clone());
        Some(changing::accesses(own, &input.resource_arn_list, true, cx))
    }

    fn run(input: &UntagResourcesInput, cx: &mut Context) -> Result<ChangedOutput, ServiceError> {
        Ok(changing::change(&input.resource_arn_list, &TagChange::Remove(&input.tag_keys), cx))
    }
}
