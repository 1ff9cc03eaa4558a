//! IAM's error codes and sentences.

use crate::entity::Entity;
use crate::policy::Syntax;
use controlplane_services_kernel::ServiceError;

fn no_such_entity(message: String) -> ServiceError {
    ServiceError::new("NoSuchEntity", 404, message)
}

fn delete_conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new("DeleteConflict", 409, message)
}

fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::new("LimitExceeded", 409, message)
}

fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", 400, message)
}

/// No user, group, role or instance profile is called so.
pub fn missing<E: Entity>(name: &str) -> ServiceError {
    no_such_entity(match E::NOUN {
        "instance-profile" => format!("Instance Profile {name} cannot be found."),
        noun => format!("The {noun} with name {name} cannot be found."),
    })
}

/// An ARN of something that only IAM's own actions tag.
pub fn not_taggable_by_arn(arn: &str) -> ServiceError {
    invalid_tag(format!("{arn} is neither an instance profile nor a managed policy"))
}

/// Names differ by more than case.
pub fn taken<E: Entity>(name: &str) -> ServiceError {
    let message = match E::NOUN {
        "user" => format!("User with name {name} already exists."),
        "group" => format!("Group with name {name} already exists."),
        "role" => format!("Role with name {name} already exists."),
        "instance-profile" => format!("Instance Profile {name} already exists."),
        "oidc-provider" => format!("Provider with url https://{name} already exists."),
        _ => format!("A policy called {name} already exists. Duplicate names are not allowed."),
    };
    ServiceError::new("EntityAlreadyExists", 409, message)
}

/// No such policy, or it is not attached.
pub fn policy_not_found(arn: &str) -> ServiceError {
    no_such_entity(format!("Policy {arn} was not found."))
}

/// Nothing with this ARN can be attached.
pub fn policy_not_attachable(arn: &str) -> ServiceError {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

/// Nothing with this ARN can bound anything.
pub fn boundary_not_attachable(arn: &str) -> ServiceError {
    no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable."))
}

/// The policy has no such version.
pub fn version_not_found(arn: &str, version: &str) -> ServiceError {
    no_such_entity(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

/// The user, group or role has no such policy of its own.
pub fn inline_not_found<E: Entity>(policy: &str) -> ServiceError {
    no_such_entity(format!("The {} policy with name {policy} cannot be found.", E::NOUN))
}

/// The user has no such key.
pub fn access_key_not_found(id: &str) -> ServiceError {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

/// No key of the account: in the words for who may not ask, as at AWS, so that nobody learns whose keys there are.
pub fn access_key_not_own(principal: &str, id: &str) -> ServiceError {
    let message = format!(
        "User: {principal} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {id}"
    );
    ServiceError::new("AccessDenied", 403, message)
}

/// The instance profile has another role or none.
pub fn role_not_in_instance_profile(role: &str, profile: &str) -> ServiceError {
    no_such_entity(format!("Role {role} is not in Instance Profile {profile}."))
}

/// Something has to go first: `must detach all policies first`.
pub fn cannot_delete(first: &str) -> ServiceError {
    delete_conflict(format!("Cannot delete entity, must {first} first."))
}

/// The policy is in use.
pub fn policy_attached() -> ServiceError {
    delete_conflict("Cannot delete a policy attached to entities.")
}

/// Only a policy's last version goes with it.
pub fn policy_has_versions() -> ServiceError {
    delete_conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The \
         default version is deleted with the policy.",
    )
}

/// The version in force stays.
pub fn default_version() -> ServiceError {
    delete_conflict("Cannot delete the default version of a policy.")
}

/// As many as there may be: `UsersPerAccount`.
pub fn quota(name: &str, limit: usize) -> ServiceError {
    limit_exceeded(format!("Cannot exceed quota for {name}: {limit}"))
}

/// A policy has as many versions as it may.
pub fn too_many_versions() -> ServiceError {
    limit_exceeded(
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing \
         version.",
    )
}

/// The policies of an entity together are longer than they may be.
pub fn inline_too_long<E: Entity>(name: &str, limit: usize) -> ServiceError {
    limit_exceeded(format!("Maximum policy size of {limit} bytes exceeded for {} {name}", E::NOUN))
}

/// The resource has as many tags as it may.
pub fn too_many_tags() -> ServiceError {
    limit_exceeded("The number of tags has reached the maximum limit.")
}

/// A document that is none.
pub fn malformed(error: &Syntax) -> ServiceError {
    ServiceError::new("MalformedPolicyDocument", 400, error.to_string())
}

/// A document to simulate with that is none: the simulator's actions have no error of their own for it.
pub fn no_policy(error: &Syntax) -> ServiceError {
    ServiceError::new("InvalidInput", 400, error.to_string())
}

/// The trust policy names somebody who is not there.
pub fn invalid_principal(arn: &str) -> ServiceError {
    let message = format!("Invalid principal in policy: \"AWS\":\"{arn}\"");
    ServiceError::new("MalformedPolicyDocument", 400, message)
}

/// A tag no rule allows.
pub fn invalid_tag(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidInput", 400, message)
}

/// AWS's own policies are the same for everybody.
pub fn policy_of_aws(arn: &str) -> ServiceError {
    ServiceError::new("InvalidInput", 400, format!("Policy {arn} is managed by AWS and cannot be changed."))
}

/// The name has characters no name has.
pub fn invalid_name(member: &str) -> ServiceError {
    validation(format!(
        "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: \
         +=,.@_-"
    ))
}

/// A simulation that cannot be one.
pub fn invalid_simulation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidInput", 400, message)
}

/// No user, group or role has this ARN.
pub fn source_not_found(arn: &str) -> ServiceError {
    no_such_entity(format!("The principal {arn} cannot be found."))
}

/// The account has no such provider.
pub fn oidc_provider_not_found(arn: &str) -> ServiceError {
    no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"))
}

/// Not where a provider can be.
pub fn invalid_provider_url() -> ServiceError {
    validation("Invalid Open ID Connect Provider URL")
}

/// Not what a provider calls a client.
pub fn invalid_client_id(id: &str) -> ServiceError {
    ServiceError::new("InvalidInput", 400, format!("Client ID {id:?} has characters no client ID has."))
}

/// Not the SHA-1 of anything.
pub fn invalid_thumbprint(text: &str) -> ServiceError {
    ServiceError::new("InvalidInput", 400, format!("Thumbprint {text:?} must have 40 hexadecimal digits."))
}

/// A provider always has one.
pub fn thumbprint_needed() -> ServiceError {
    ServiceError::new("InvalidInput", 400, "Thumbprint list must contain at least one entry.")
}

/// Its server was to be asked for its certificate.
pub fn provider_unreachable() -> ServiceError {
    let message =
        "The OpenID Connect identity provider could not be reached to retrieve its thumbprint; name one.";
    ServiceError::new("OpenIdIdpCommunicationError", 400, message)
}

/// Not a marker of an earlier answer.
pub fn invalid_marker() -> ServiceError {
    validation("Invalid Marker.")
}

/// Only a user is meant when no user is named.
pub fn user_name_needed() -> ServiceError {
    validation("Must specify userName when calling with non-User credentials")
}

/// The root's access key belongs to the server's start.
pub fn root_keys_are_given() -> ServiceError {
    user_name_needed().with_hint("the root's access key is what the server was started with; name a user")
}
