use super::{PrefixListOutput, PrefixListShape};
use crate::dry_run::may_dry_run;
use crate::prefix_list::{change, require};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteManagedPrefixList.html>
pub(crate) struct DeleteManagedPrefixList;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteManagedPrefixListInput {
    pub(crate) prefix_list_id: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteManagedPrefixListInput);

impl Operation for DeleteManagedPrefixList {
    const NAME: &'static str = "DeleteManagedPrefixList";
    type Input = DeleteManagedPrefixListInput;
    type Output = PrefixListOutput;

    fn run(input: &DeleteManagedPrefixListInput, cx: &mut Context) -> Result<PrefixListOutput, ServiceError> {
        let id = &input.prefix_list_id;
        let last = PrefixListShape::of(id, require(id, cx)?, cx);
        change::remove(id, cx)?;
        Ok(PrefixListOutput { prefix_list: PrefixListShape { state: "delete-complete", ..last } })
    }
}
