use super::EntryShape;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::page::Listing;
use crate::prefix_list::{PrefixListVersion, require};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html>
pub(crate) struct GetManagedPrefixListEntries;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetManagedPrefixListEntriesInput {
    pub(crate) prefix_list_id: String,
    pub(crate) target_version: Option<i64>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(GetManagedPrefixListEntriesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetManagedPrefixListEntriesOutput {
    pub(crate) entries: Vec<EntryShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for GetManagedPrefixListEntries {
    const NAME: &'static str = "GetManagedPrefixListEntries";
    type Input = GetManagedPrefixListEntriesInput;
    type Output = GetManagedPrefixListEntriesOutput;

    fn run(
        input: &GetManagedPrefixListEntriesInput,
        cx: &Reader,
    ) -> Result<GetManagedPrefixListEntriesOutput, ServiceError> {
        let id = &input.prefix_list_id;
        let number = match input.target_version {
            None => require(id, cx)?.version,
            Some(number) => require(id, cx).and_then(|_| version_number(number))?,
        };
        let version_id = PrefixListVersion::id(id, number);
        let version = cx.get::<PrefixListVersion>(&version_id);
        let version = version.ok_or_else(|| errors::prefix_list_version_unknown("TargetVersion", number))?;
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            least: Some(1),
            ..Listing::default()
        };
        // The version is part of the token: a page of another one is none of these. Positions count, as texts of
        // blocks do not sort as blocks do.
        let numbered = version.entries.iter().enumerate();
        let (page, next_token) = listing.cut(&version_id, numbered, |(at, _)| format!("{at:04}"))?;
        let entries = page.into_iter().map(|(_, entry)| EntryShape::of(entry)).collect();
        Ok(GetManagedPrefixListEntriesOutput { entries, next_token })
    }
}

fn version_number(number: i64) -> Result<u64, ServiceError> {
    u64::try_from(number).map_err(|_| errors::prefix_list_version_unknown("TargetVersion", number))
}
