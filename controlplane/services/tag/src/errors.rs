//! Every error code and sentence of the Resource Groups Tagging API. The only place that makes them.

use controlplane_services_kernel::ServiceError;

pub(crate) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidParameterException", 400, message)
}

pub(crate) fn not_an_arn(text: &str) -> ServiceError {
    invalid(format!("{text} is not a resource ARN of this account in this region"))
}

pub(crate) fn unknown_service(service: &str) -> ServiceError {
    invalid(format!("{service}: resources of this service are not tagged here"))
}

pub(crate) fn expired_token() -> ServiceError {
    let message = "PaginationToken: it was not given by an earlier answer.";
    ServiceError::new("PaginationTokenExpiredException", 400, message)
}
