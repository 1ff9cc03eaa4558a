//! Every error code and sentence of CloudTrail. The only place that makes them.

use controlplane_services_kernel::ServiceError;

pub(crate) fn too_many_attributes() -> ServiceError {
    let message = "LookupAttributes: there is more than one item; look up by one attribute at a time.";
    ServiceError::new("InvalidLookupAttributesException", 400, message)
}

pub(crate) fn invalid_time_range() -> ServiceError {
    let message = "StartTime: it is after EndTime.";
    ServiceError::new("InvalidTimeRangeException", 400, message)
}

pub(crate) fn invalid_next_token() -> ServiceError {
    let message = "NextToken: it was not given by an earlier answer.";
    ServiceError::new("InvalidNextTokenException", 400, message)
}
