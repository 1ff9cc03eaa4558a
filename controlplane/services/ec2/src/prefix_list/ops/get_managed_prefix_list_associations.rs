use crate::dry_run::may_dry_run;
use crate::page::Listing;
use crate::prefix_list::{change, require};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListAssociations.html>
pub(crate) struct GetManagedPrefixListAssociations;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetManagedPrefixListAssociationsInput {
    pub(crate) prefix_list_id: String,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(GetManagedPrefixListAssociationsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetManagedPrefixListAssociationsOutput {
    pub(crate) prefix_list_associations: Vec<PrefixListAssociation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// A resource that refers to a list.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PrefixListAssociation {
    pub(crate) resource_id: String,
    pub(crate) resource_owner: String,
}

impl Query for GetManagedPrefixListAssociations {
    const NAME: &'static str = "GetManagedPrefixListAssociations";
    type Input = GetManagedPrefixListAssociationsInput;
    type Output = GetManagedPrefixListAssociationsOutput;

    fn run(
        input: &GetManagedPrefixListAssociationsInput,
        cx: &Reader,
    ) -> Result<GetManagedPrefixListAssociationsOutput, ServiceError> {
        let id = &input.prefix_list_id;
        require(id, cx)?;
        let mut referring = change::tables(id, cx);
        referring.extend(change::groups(id, cx));
        let owner = cx.caller.account.to_string();
        let shown = referring
            .into_iter()
            .map(|resource_id| PrefixListAssociation { resource_id, resource_owner: owner.clone() });
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (prefix_list_associations, next_token) =
            listing.cut(&format!("associations/{id}"), shown, |shown| shown.resource_id.clone())?;
        Ok(GetManagedPrefixListAssociationsOutput { prefix_list_associations, next_token })
    }
}
