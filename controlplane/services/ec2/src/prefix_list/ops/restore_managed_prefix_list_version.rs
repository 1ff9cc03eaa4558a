use super::modify_managed_prefix_list::check_version;
use super::{PrefixListOutput, PrefixListShape};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::prefix_list::{PrefixListVersion, State, change, require};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RestoreManagedPrefixListVersion.html>
pub(crate) struct RestoreManagedPrefixListVersion;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RestoreManagedPrefixListVersionInput {
    pub(crate) prefix_list_id: String,
    pub(crate) previous_version: i64,
    pub(crate) current_version: i64,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(RestoreManagedPrefixListVersionInput);

impl Operation for RestoreManagedPrefixListVersion {
    const NAME: &'static str = "RestoreManagedPrefixListVersion";
    type Input = RestoreManagedPrefixListVersionInput;
    type Output = PrefixListOutput;

    fn run(
        input: &RestoreManagedPrefixListVersionInput,
        cx: &mut Context,
    ) -> Result<PrefixListOutput, ServiceError> {
        let id = &input.prefix_list_id;
        let list = require(id, cx)?.clone();
        check_version(Some(input.current_version), &list, true)?;
        let previous = input.previous_version;
        let found = u64::try_from(previous).ok().filter(|number| *number < list.version);
        let found = found.and_then(|number| cx.get::<PrefixListVersion>(&PrefixListVersion::id(id, number)));
        let found = found.ok_or_else(|| errors::prefix_list_version_unknown("PreviousVersion", previous))?;
        let entries = found.entries.clone();
        change::store(id, list, entries, State::RestoreComplete, cx)?;
        Ok(PrefixListOutput { prefix_list: PrefixListShape::of(id, require(id, cx)?, cx) })
    }
}
