//! DescribeTrails: those that act in the region, or those that are named. One that is not there is left out, as AWS does.

use crate::trail::find;
use crate::trail::shown::TrailShape;
use crate::trail::{Trail, validate};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_types::{RegionName, Scope};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DescribeTrails;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DescribeTrailsInput {
    trail_name_list: Option<Vec<String>>,
    /// Also trails of other regions that act here; so it is unless somebody says no.
    include_shadow_trails: Option<bool>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeTrailsOutput {
    trail_list: Vec<TrailShape>,
}

impl Query for DescribeTrails {
    const NAME: &'static str = "DescribeTrails";
    type Input = DescribeTrailsInput;
    type Output = DescribeTrailsOutput;

    fn run(input: &DescribeTrailsInput, cx: &Reader) -> Result<DescribeTrailsOutput, ServiceError> {
        let shadows = input.include_shadow_trails.unwrap_or(true);
        let account = &cx.caller.account;
        let names = input.trail_name_list.as_deref().unwrap_or_default();
        if names.is_empty() {
            let all = acting_here(cx, shadows).into_iter();
            let trail_list = all.map(|(name, home, trail)| TrailShape::of(&name, trail, account, &home));
            return Ok(DescribeTrailsOutput { trail_list: trail_list.collect() });
        }
        let mut trail_list = Vec::new();
        for name in names {
            if !name.starts_with("arn:") {
                validate::name(name)?;
            }
            match find::find(name, cx) {
                Ok(found) if shadows || found.home == cx.caller.region => {
                    trail_list.push(TrailShape::of(&found.name, found.trail, account, &found.home));
                }
                Err(error) if error.code != "TrailNotFoundException" => return Err(error),
                _ => {}
            }
        }
        Ok(DescribeTrailsOutput { trail_list })
    }
}

/// The caller's trails that act in his region.
fn acting_here(cx: &Reader, shadows: bool) -> Vec<(String, RegionName, &Trail)> {
    let own = cx.view.all::<Trail>().filter(|trail| trail.key.account() == cx.caller.account);
    let placed = own.filter_map(|trail| match trail.key.scope() {
        Scope::Region(home) => Some((trail.key.id().to_owned(), home, trail.record)),
        Scope::Global => None,
    });
    let acts = |home: &RegionName, trail: &Trail| {
        *home == cx.caller.region || (shadows && trail.everywhere_since.is_some())
    };
    placed.filter(|(_, home, trail)| acts(home, trail)).collect()
}
