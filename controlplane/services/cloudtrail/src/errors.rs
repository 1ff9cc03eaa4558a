//! Every error code and sentence of CloudTrail. The only place that makes them.

use controlplane_services_kernel::ServiceError;
use controlplane_types::RegionName;

fn refuse(code: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError::new(code, 400, message.into())
}

pub(crate) fn too_many_attributes() -> ServiceError {
    let message = "LookupAttributes: there is more than one item; look up by one attribute at a time.";
    refuse("InvalidLookupAttributesException", message)
}

pub(crate) fn invalid_time_range() -> ServiceError {
    refuse("InvalidTimeRangeException", "StartTime: it is after EndTime.")
}

const FOREIGN_TOKEN: &str = "NextToken: it was not given by an earlier answer.";

pub(crate) fn invalid_next_token() -> ServiceError {
    refuse("InvalidNextTokenException", FOREIGN_TOKEN)
}

/// The same of `ListTags`.
pub(crate) fn invalid_token() -> ServiceError {
    refuse("InvalidTokenException", FOREIGN_TOKEN)
}

/// The same of `ListTrails`, whose model has no error for it.
pub(crate) fn no_more_pages() -> ServiceError {
    refuse("UnsupportedOperationException", FOREIGN_TOKEN)
}

// Trails

pub(crate) fn no_store() -> ServiceError {
    let message = "S3BucketName: this cluster has no object store, so there is no bucket to deliver to; start the servers with \
                   --object-store URL.";
    refuse("S3BucketDoesNotExistException", message)
}

pub(crate) fn trail_not_found(text: &str) -> ServiceError {
    refuse("TrailNotFoundException", format!("Unknown trail: {text}"))
}

pub(crate) fn resource_not_found(arn: &str) -> ServiceError {
    refuse("ResourceNotFoundException", format!("{arn} is no trail of this account and region."))
}

pub(crate) fn trail_exists(name: &str) -> ServiceError {
    refuse("TrailAlreadyExistsException", format!("Trail {name} already exists."))
}

pub(crate) fn too_many_trails(most: usize, region: &RegionName) -> ServiceError {
    let message = format!("{most} trails is the limit of this account in {region}.");
    refuse("MaximumNumberOfTrailsExceededException", message)
}

pub(crate) fn invalid_home_region(name: &str, home: &RegionName) -> ServiceError {
    let message = format!("The trail {name} can be changed in its home region only: {home}.");
    refuse("InvalidHomeRegionException", message)
}

pub(crate) fn invalid_arn(text: &str) -> ServiceError {
    let message = format!("{text} is not the ARN of a trail: arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME.");
    refuse("CloudTrailARNInvalidException", message)
}

pub(crate) fn invalid_trail_name(name: &str, rule: &str) -> ServiceError {
    refuse("InvalidTrailNameException", format!("Trail name {name:?}: {rule}."))
}

pub(crate) fn invalid_bucket_name(name: &str) -> ServiceError {
    let rule = "3 to 63 lower-case letters, digits, periods and dashes, with a letter or digit at both ends";
    refuse("InvalidS3BucketNameException", format!("S3BucketName {name:?}: {rule}."))
}

pub(crate) fn invalid_prefix(text: &str) -> ServiceError {
    let rule = "at most 200 letters, digits and /!-_.*'(), not with / at the beginning";
    refuse("InvalidS3PrefixException", format!("S3KeyPrefix {text:?}: {rule}."))
}

pub(crate) fn too_many_tags(most: usize) -> ServiceError {
    refuse("TagsLimitExceededException", format!("TagsList: a trail has at most {most} tags."))
}

pub(crate) fn invalid_tag(key: &str) -> ServiceError {
    let rule = "keys have 1 to 128 characters and do not begin with aws:, values have at most 256";
    refuse("InvalidTagParameterException", format!("TagsList: {key:?}: {rule}."))
}

pub(crate) fn global_events_of_all_regions() -> ServiceError {
    let message = "IncludeGlobalServiceEvents: a trail of all regions includes them.";
    refuse("InvalidParameterCombinationException", message)
}

pub(crate) fn invalid_selectors(rule: &str) -> ServiceError {
    refuse("InvalidEventSelectorsException", format!("EventSelectors: {rule}."))
}

pub(crate) fn started_too_often(most: usize) -> ServiceError {
    let message =
        format!("The trail was started and stopped {most} times since it last delivered; try again later.");
    refuse("ThrottlingException", message)
}
