//! Which trail a request means: by its name in the caller's region, or by its ARN in any.

use super::Trail;
use crate::errors;
use crate::trail::validate;
use controlplane_services_kernel::tagged::Arn;
use controlplane_services_kernel::{Reader, Record, ServiceError};
use controlplane_types::{Key, RegionName, Scope};

/// A trail and where it lives.
pub(super) struct Found<'c> {
    pub(super) name: String,
    pub(super) home: RegionName,
    pub(super) trail: &'c Trail,
}

/// The caller's trail, for actions that only look.
pub(super) fn find<'c>(text: &str, cx: &'c Reader) -> Result<Found<'c>, ServiceError> {
    let (name, home) = place(text, cx)?;
    let key = Key::new(&cx.caller.account, &Scope::from(&home), Trail::KIND, &name);
    let found = cx.view.get::<Trail>(&key);
    // One that acts in its own region only is not seen from another.
    let found = found.filter(|trail| home == cx.caller.region || trail.everywhere_since.is_some());
    let trail = found.ok_or_else(|| errors::trail_not_found(text))?;
    Ok(Found { name, home, trail })
}

/// The same for actions that change it, which AWS allows in the trail's own region only.
pub(super) fn find_own(text: &str, cx: &Reader) -> Result<(String, Trail), ServiceError> {
    let found = find(text, cx)?;
    if found.home != cx.caller.region {
        return Err(errors::invalid_home_region(&found.name, &found.home));
    }
    Ok((found.name, found.trail.clone()))
}

/// The trail of this ARN in its own region, for actions on tags, which know resources and not trails.
pub(super) fn tagged(arn: &str, cx: &Reader) -> Result<(String, Trail), ServiceError> {
    if !arn.starts_with("arn:") {
        return Err(errors::invalid_arn(arn));
    }
    find_own(arn, cx).map_err(|error| match &*error.code {
        "TrailNotFoundException" | "InvalidHomeRegionException" => errors::resource_not_found(arn),
        _ => error,
    })
}

/// The name and the region that a text means.
fn place(text: &str, cx: &Reader) -> Result<(String, RegionName), ServiceError> {
    if !text.starts_with("arn:") {
        validate::name(text)?;
        return Ok((text.to_owned(), cx.caller.region.clone()));
    }
    let arn = Arn::parse(text).filter(|arn| arn.service == "cloudtrail" && !arn.region.is_empty());
    let Some((arn, name)) = arn.and_then(|arn| Some((arn, arn.resource.strip_prefix("trail/")?))) else {
        return Err(errors::invalid_arn(text));
    };
    if arn.account != cx.caller.account.as_str() {
        return Err(errors::trail_not_found(text));
    }
    validate::name(name)?;
    Ok((name.to_owned(), arn.region.into()))
}
