//! ListTrails: the account's trails of every region, by name and region.

use crate::errors;
use crate::trail::Trail;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_types::Scope;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTrails;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListTrailsInput {
    /// All of an account's trails are on one page, so none was ever given.
    next_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTrailsOutput {
    trails: Vec<TrailInfo>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrailInfo {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    name: String,
    home_region: String,
}

impl Query for ListTrails {
    const NAME: &'static str = "ListTrails";
    type Input = ListTrailsInput;
    type Output = ListTrailsOutput;

    fn run(input: &ListTrailsInput, cx: &Reader) -> Result<ListTrailsOutput, ServiceError> {
        if input.next_token.as_deref().is_some_and(|token| !token.is_empty()) {
            return Err(errors::no_more_pages());
        }
        let own = cx.view.all::<Trail>().filter(|trail| trail.key.account() == cx.caller.account);
        let trails = own.filter_map(|trail| match trail.key.scope() {
            Scope::Region(home) => Some(TrailInfo {
                trail_arn: Trail::arn(trail.key.id(), &cx.caller.account, &home),
                name: trail.key.id().to_owned(),
                home_region: home.to_string(),
            }),
            Scope::Global => None,
        });
        Ok(ListTrailsOutput { trails: trails.collect() })
    }
}
