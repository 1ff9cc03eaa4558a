//! PutEventSelectors: which management events are delivered. There are no data events here, so a selector of them is refused.

use crate::errors;
use crate::trail::{ReadWrite, Trail, find};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// As many as AWS allows.
const MOST: usize = 5;

/// See the module.
pub struct PutEventSelectors;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PutEventSelectorsInput {
    trail_name: String,
    event_selectors: Option<Vec<EventSelector>>,
}

/// Which events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct EventSelector {
    read_write_type: Option<ReadWrite>,
    include_management_events: Option<bool>,
    data_resources: Option<Vec<DataResource>>,
    exclude_management_event_sources: Option<Vec<String>>,
}

/// What data events would be about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DataResource {}

/// Answer, of [`super::get_event_selectors`] too.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelectorsOfTrail {
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    event_selectors: Vec<EventSelector>,
}

impl SelectorsOfTrail {
    pub(super) fn of(trail_arn: String, trail: &Trail) -> Self {
        let shown = |selector: &ReadWrite| EventSelector {
            read_write_type: Some(*selector),
            include_management_events: Some(true),
            data_resources: Some(Vec::new()),
            exclude_management_event_sources: Some(Vec::new()),
        };
        Self { trail_arn, event_selectors: trail.selectors.iter().map(shown).collect() }
    }
}

impl Operation for PutEventSelectors {
    const NAME: &'static str = "PutEventSelectors";
    type Input = PutEventSelectorsInput;
    type Output = SelectorsOfTrail;

    fn run(input: &PutEventSelectorsInput, cx: &mut Context) -> Result<SelectorsOfTrail, ServiceError> {
        let (name, trail) = find::find_own(&input.trail_name, cx)?;
        let selectors = input.event_selectors.as_deref().unwrap_or_default();
        if selectors.is_empty() || selectors.len() > MOST {
            return Err(errors::invalid_selectors("there must be between 1 and 5"));
        }
        let selectors = selectors.iter().map(served).collect::<Result<Vec<_>, _>>()?;
        let trail = Trail { selectors, has_own_selectors: true, ..trail };
        let arn = Trail::arn(&name, &cx.caller.account, &cx.caller.region);
        let output = SelectorsOfTrail::of(arn, &trail);
        cx.put(&name, trail);
        Ok(output)
    }
}

fn served(selector: &EventSelector) -> Result<ReadWrite, ServiceError> {
    if !selector.include_management_events.unwrap_or(true) {
        let rule = "IncludeManagementEvents must be true, since there are no data events";
        return Err(errors::invalid_selectors(rule));
    }
    if selector.data_resources.as_ref().is_some_and(|resources| !resources.is_empty()) {
        return Err(errors::invalid_selectors("DataResources must be empty, since there are no data events"));
    }
    if selector.exclude_management_event_sources.as_ref().is_some_and(|sources| !sources.is_empty()) {
        let rule = "ExcludeManagementEventSources must be empty, since what it could exclude is not served";
        return Err(errors::invalid_selectors(rule));
    }
    Ok(selector.read_write_type.unwrap_or_default())
}
