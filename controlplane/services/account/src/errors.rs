//! Every error code and sentence of Account Management. The only place that makes them.

use controlplane_services_kernel::ServiceError;

pub(crate) fn no_contact_information() -> ServiceError {
    ServiceError::new("ResourceNotFoundException", 404, "The account has no contact information.")
}

pub(crate) fn no_alternate_contact(kind: &str) -> ServiceError {
    let message = format!("The account has no alternate contact of the type {kind}.");
    ServiceError::new("ResourceNotFoundException", 404, message)
}

pub(crate) fn no_such_region(name: &str) -> ServiceError {
    let message = format!("RegionName: {name} is not a region of this cluster.");
    ServiceError::new("ValidationException", 400, message)
}

pub(crate) fn invalid_token() -> ServiceError {
    let message = "NextToken: it was not given by an earlier answer.";
    ServiceError::new("ValidationException", 400, message)
}
