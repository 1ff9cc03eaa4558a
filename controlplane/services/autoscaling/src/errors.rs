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
    let message =
        format!("AutoScalingGroup by this name already exists - A group with the name {name} already exists");
    ServiceError::new("AlreadyExists", 400, message)
}

/// The account has as many groups as it may.
pub fn limit_exceeded(most: usize) -> ServiceError {
    let message = format!("{most} AutoScalingGroups is the limit of this account in this region");
    ServiceError::new("LimitExceeded", 400, message)
}

/// The group only waits for its instances to end.
pub fn pending_delete(name: &str) -> ServiceError {
    validation(format!("AutoScalingGroup {name} is pending delete"))
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

/// The instance is on its way out already.
pub fn instance_leaving(id: &str) -> ServiceError {
    ServiceError::new(
        "ScalingActivityInProgress",
        400,
        format!("The instance {id} is being terminated already."),
    )
}

/// One instance fewer would be below the minimum.
pub fn below_min_size(min_size: u32) -> ServiceError {
    validation(format!(
        "Currently, desiredSize equals minSize ({min_size}). Terminating instance without replacement will violate \
         group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min \
         size."
    ))
}

/// A page token nobody gave out.
pub fn invalid_next_token() -> ServiceError {
    ServiceError::new("InvalidNextToken", 400, "The token '********' is invalid.")
}
