use super::{PrefixListOutput, PrefixListShape};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::prefix_list::change::{self, NewList};
use crate::prefix_list::require;
use crate::prefix_list::validate::{self, EntryRequest};
use crate::tag::{self, TagSpecification};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html>
pub(crate) struct CreateManagedPrefixList;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateManagedPrefixListInput {
    pub(crate) prefix_list_name: String,
    pub(crate) address_family: String,
    pub(crate) max_entries: i32,
    pub(crate) entries: Option<Vec<EntryRequest>>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) client_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateManagedPrefixListInput);

impl Operation for CreateManagedPrefixList {
    const NAME: &'static str = "CreateManagedPrefixList";
    type Input = CreateManagedPrefixListInput;
    type Output = PrefixListOutput;

    fn run(input: &CreateManagedPrefixListInput, cx: &mut Context) -> Result<PrefixListOutput, ServiceError> {
        validate::name(&input.prefix_list_name)?;
        let family = validate::family(&input.address_family)?;
        let new = NewList {
            name: input.prefix_list_name.clone(),
            family,
            max_entries: validate::max_entries(input.max_entries)?,
            entries: validate::entries(input.entries.as_deref().unwrap_or_default(), family)?,
        };
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::PREFIX_LIST)?;
        let id = change::create(new, &tags, cx)?;
        Ok(PrefixListOutput { prefix_list: PrefixListShape::of(&id, require(&id, cx)?, cx) })
    }

    fn client_token(input: &CreateManagedPrefixListInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}
