//! ListPolicies: the account's and AWS's.

use crate::entity::under;
use crate::managed_policy::{ALL, Known, ManagedPolicy, PolicyShown, Purpose, Usage};
use crate::page::page;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListPolicies;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesInput {
    scope: Option<Scope>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<Purpose>,
    marker: Option<String>,
    max_items: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Scope {
    All,
    #[serde(rename = "AWS")]
    Aws,
    Local,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesOutput {
    policies: Vec<PolicyShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListPolicies {
    const NAME: &'static str = "ListPolicies";
    type Input = ListPoliciesInput;
    type Output = ListPoliciesOutput;

    fn run(input: &ListPoliciesInput, reader: &Reader) -> Result<ListPoliciesOutput, ServiceError> {
        let wanted = in_scope(input, reader).filter(|(_, policy)| is_used_so(*policy, input, reader));
        let page = page(wanted, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|policy| PolicyShown::brief(policy, reader));
        Ok(ListPoliciesOutput { policies: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// AWS's first. Their keys begin with a character no name has.
fn in_scope<'r>(
    input: &'r ListPoliciesInput,
    reader: &'r Reader,
) -> impl Iterator<Item = (String, Known<'r>)> {
    let prefix = input.path_prefix.as_deref();
    let scope = input.scope.unwrap_or(Scope::All);
    let of_aws =
        ALL.iter().filter(move |_| scope != Scope::Local && prefix.is_none_or(|prefix| prefix == "/"));
    let of_aws = of_aws.map(|policy| (format!("!{}", policy.name), Known::OfAws(policy)));
    let own = under::<ManagedPolicy>(prefix, reader).filter(move |_| scope != Scope::Aws);
    of_aws.chain(own.map(|(key, policy)| (key, Known::Own(policy))))
}

/// Whether it is used at all, and as what, where the request asks for that.
fn is_used_so(policy: Known<'_>, input: &ListPoliciesInput, reader: &Reader) -> bool {
    let only_attached = input.only_attached == Some(true);
    if !only_attached && input.policy_usage_filter.is_none() {
        return true;
    }
    let Usage { attached, bounds } = Usage::of(&policy.arn(reader), reader);
    match input.policy_usage_filter {
        Some(Purpose::PermissionsPolicy) => attached > 0,
        Some(Purpose::PermissionsBoundary) => bounds > 0,
        None => attached + bounds > 0,
    }
}
