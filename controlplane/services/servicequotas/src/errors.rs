//! Every error code and sentence of Service Quotas. The only place that makes them.

use controlplane_services_kernel::ServiceError;

pub(crate) fn no_such_service(code: &str) -> ServiceError {
    ServiceError::new("NoSuchResourceException", 400, format!("The service {code} has no quotas here."))
}

pub(crate) fn no_such_quota(service: &str, code: &str) -> ServiceError {
    let message = format!("The quota {code} of the service {service} does not exist.");
    ServiceError::new("NoSuchResourceException", 400, message)
}

pub(crate) fn no_such_request(id: &str) -> ServiceError {
    ServiceError::new("NoSuchResourceException", 400, format!("The request {id} does not exist."))
}

pub(crate) fn not_an_increase(current: usize) -> ServiceError {
    let message = format!("DesiredValue: it must be a whole number above the current quota of {current}.");
    ServiceError::new("IllegalArgumentException", 400, message)
}

pub(crate) fn beyond_the_most(most: usize) -> ServiceError {
    let message = format!("DesiredValue: this region does not go beyond {most}.");
    ServiceError::new("IllegalArgumentException", 400, message)
}

pub(crate) fn invalid_token() -> ServiceError {
    let message = "NextToken: it was not given by an earlier answer.";
    ServiceError::new("InvalidPaginationTokenException", 400, message)
}
