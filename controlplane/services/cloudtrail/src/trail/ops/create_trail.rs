//! CreateTrail: a trail that does not log yet.

use crate::errors;
use crate::trail::shown::TrailSettings;
use crate::trail::tags::{Tag, given};
use crate::trail::{ReadWrite, Trail, TrailStore, validate};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// Trails of an account in a region, those of other regions that act here included.
const MOST: usize = 5;

/// See the module.
pub struct CreateTrail;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateTrailInput {
    name: String,
    s3_bucket_name: String,
    s3_key_prefix: Option<String>,
    include_global_service_events: Option<bool>,
    is_multi_region_trail: Option<bool>,
    tags_list: Option<Vec<Tag>>,
}

impl Operation for CreateTrail {
    const NAME: &'static str = "CreateTrail";
    type Input = CreateTrailInput;
    type Output = TrailSettings;

    fn run(input: &CreateTrailInput, cx: &mut Context) -> Result<TrailSettings, ServiceError> {
        validate::name(&input.name)?;
        validate::bucket(&input.s3_bucket_name)?;
        let is_everywhere = input.is_multi_region_trail.unwrap_or_default();
        let trail = Trail {
            bucket: input.s3_bucket_name.clone(),
            prefix: validate::prefix(input.s3_key_prefix.as_deref())?,
            global_events: input.include_global_service_events.unwrap_or(true),
            everywhere_since: is_everywhere.then_some(cx.now),
            selectors: vec![ReadWrite::All],
            has_own_selectors: false,
            tags: given(input.tags_list.as_deref().unwrap_or_default()),
            spans: Vec::new(),
            started_at: None,
            stopped_at: None,
        };
        validate::tags(&trail.tags)?;
        if is_everywhere && !trail.global_events {
            return Err(errors::global_events_of_all_regions());
        }
        refuse_double(&input.name, cx)?;
        if !TrailStore::is_there(&cx.view) {
            return Err(errors::no_store());
        }
        let settings = TrailSettings::of(&input.name, &trail, &cx.caller.account, &cx.caller.region);
        cx.put(&input.name, trail);
        Ok(settings)
    }
}

fn refuse_double(name: &str, cx: &Reader) -> Result<(), ServiceError> {
    let own = cx.view.all::<Trail>().filter(|trail| trail.key.account() == cx.caller.account);
    let here =
        own.filter(|trail| trail.key.scope() == cx.scope::<Trail>() || trail.everywhere_since.is_some());
    let names: Vec<String> = here.map(|trail| trail.key.id().to_owned()).collect();
    if names.iter().any(|known| known == name) {
        return Err(errors::trail_exists(name));
    }
    if names.len() >= MOST {
        return Err(errors::too_many_trails(MOST, &cx.caller.region));
    }
    Ok(())
}
