//! Auto Scaling's error codes and sentences.

use controlplane_services_kernel::ServiceError;

/// A rule is broken.
pub fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", 400, message)
}

/// No such group.
pub fn group_not_found(name: &str) -> ServiceError {
    validation(format!("AutoScalingGroup name not found - AutoScalingGroup {name} not found"))
}

/// The name is taken.
pub fn already_exists(name: &str) -> ServiceError {
    ServiceError::new("AlreadyExists", 400, format!("AutoScalingGroup by this name already exists - {name}"))
}

/// The group still has instances.
pub fn resource_in_use() -> ServiceError {
    ServiceError::new(
        "ResourceInUse",
        400,
        "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in \
         the group.",
    )
}

/// The instance is not a member of any group.
pub fn instance_not_found(id: &str) -> ServiceError {
    validation(format!("Instance Id not found - No managed instance found for instance ID {id}"))
}

/// A page token nobody gave out.
pub fn invalid_next_token() -> ServiceError {
    ServiceError::new("InvalidNextToken", 400, "The token '********' is invalid.")
}

/// A manifest changes what cannot change.
pub fn immutable(field: &str) -> ServiceError {
    validation(format!("spec.{field} cannot be changed; delete the group and declare it anew"))
}
