//! Errors of instances and what they are made from: types, images, key pairs, launch templates.

use super::{invalid_parameter_combination, invalid_parameter_value, invalid_value, refuse};
use controlplane_services_kernel::ServiceError;

// Instance types

pub(crate) fn unknown_instance_type(name: &str) -> ServiceError {
    invalid_parameter_value(format!("Invalid value '{name}' for InstanceType.")).with_hint(
        "`hearth` serves x86-64 types of the families t2, t3, t3a, m5 to m7i, c5 to c7i and r5 to r7i",
    )
}

pub(crate) fn no_such_instance_types(name: &str) -> ServiceError {
    refuse("InvalidInstanceType", format!("The following supplied instance types do not exist: [{name}]"))
}

pub(crate) fn type_too_big(name: &str, zone: &str, refusals: &[String]) -> ServiceError {
    /// Enough to see why, however many nodes there are.
    const SHOWN: usize = 3;
    let shown = refusals.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    refuse(
        "Unsupported",
        format!("Your requested instance type ({name}) is too big for every node in {zone}, also when empty: {shown}."),
    )
    .with_hint("choose a smaller instance type, or add a bigger node")
}

pub(crate) fn location_type_not_served(text: &str) -> ServiceError {
    invalid_value(text, "locationType", "It must be region, availability-zone or availability-zone-id.")
}

// Images

pub(crate) fn no_image(id: &str) -> ServiceError {
    refuse("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist"))
        .with_hint("`hearth get images` lists images; the built-in one is called hearth/web")
}

pub(crate) fn not_your_image(id: &str) -> ServiceError {
    ServiceError::new("AuthFailure", 403, format!("Not authorized for image:{id}"))
}

pub(crate) fn one_image_attribute() -> ServiceError {
    invalid_parameter_combination("Exactly one attribute can be modified in one request")
}

pub(crate) fn launch_permission(value: &str, item: &str) -> ServiceError {
    refuse(
        "InvalidAMIAttributeItemValue",
        format!("Invalid attribute item value \"{value}\" for {item} item type."),
    )
    .with_hint("a userId is an account's twelve digits; the only group is all")
}

pub(crate) fn account_or_group() -> ServiceError {
    invalid_parameter_combination("A launch permission names either a UserId or a Group")
}

pub(crate) fn too_many_launch_permissions(id: &str, most: usize) -> ServiceError {
    refuse("ResourceLimitExceeded", format!("Image {id} would be shared with more than {most} accounts"))
}

pub(crate) fn image_name(name: &str) -> ServiceError {
    refuse(
        "InvalidAMIName.Malformed",
        format!(
            "AMI name '{name}' is invalid. AMI names must be between 3 and 128 characters long, and may contain letters, \
             numbers, spaces, '(', ')', '[', ']', '.', '-', '/', ':', '@', '_' and '''"
        ),
    )
}

pub(crate) fn image_name_taken(name: &str, id: &str) -> ServiceError {
    refuse("InvalidAMIName.Duplicate", format!("AMI name {name} is already in use by AMI {id}"))
}

pub(crate) fn image_id_taken(id: &str) -> ServiceError {
    refuse("InvalidAMIID.Duplicate", format!("AMI id {id} is in use by another image"))
}

pub(crate) fn unknown_builtin(name: &str, known: &[&str]) -> ServiceError {
    invalid_value(name, "source", &format!("Built-in images are: {}.", known.join(", ")))
}

pub(crate) fn image_source(text: &str) -> ServiceError {
    invalid_value(
        text,
        "source",
        "It is builtin:<name>, the digest (sha256:...) of an imported archive, or an image in a registry by digest \
         (REPOSITORY@sha256:...).",
    )
}

pub(crate) fn reference_without_digest(reference: &str) -> ServiceError {
    invalid_value(
        reference,
        "source",
        "A tag may mean other bytes tomorrow; the reference must have a digest.",
    )
    .with_hint(format!(
        "`hearth image pull {reference}` looks the digest up, and `hearth get images -o wide` shows it"
    ))
}

pub(crate) fn number_of_platforms(most: usize) -> ServiceError {
    invalid_parameter_value(format!("An image is pulled for between 1 and {most} platforms"))
}

pub(crate) fn unknown_platform(architecture: &str, known: &[&str]) -> ServiceError {
    invalid_value(architecture, "architecture", &format!("Nodes are: {}.", known.join(", ")))
}

pub(crate) fn platform_given_twice(architecture: &str) -> ServiceError {
    invalid_value(architecture, "architecture", "It is given twice.")
}

pub(crate) fn archive_not_imported(digest: &str) -> ServiceError {
    invalid_value(digest, "source", "No archive with this digest was imported.")
        .with_hint("`hearth image import FILE`")
}

pub(crate) fn image_without_command(name: &str) -> ServiceError {
    invalid_value(name, "command", "The image does not say what to start.")
}

// Key pairs

pub(crate) fn no_key_pair(name: &str) -> ServiceError {
    refuse("InvalidKeyPair.NotFound", format!("The key pair '{name}' does not exist"))
}

pub(crate) fn key_pair_exists(name: &str) -> ServiceError {
    refuse("InvalidKeyPair.Duplicate", format!("The keypair already exists: {name}"))
}

pub(crate) fn key_type_not_served(key_type: &str) -> ServiceError {
    invalid_value(key_type, "KeyType", "It is one of: rsa, ed25519.")
}

pub(crate) fn not_a_public_key() -> ServiceError {
    refuse("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
        .with_hint("besides: the file of RFC 4716, or SubjectPublicKeyInfo as DER in base64; RSA of 1024, 2048 or 4096 bits, or ed25519")
}

pub(crate) fn key_material_too_long(most: usize) -> ServiceError {
    invalid_parameter_value(format!("The public key material exceeds {most} bytes"))
}

pub(crate) fn key_name_and_id() -> ServiceError {
    invalid_parameter_combination("KeyName and KeyPairId cannot be used together")
}

// Launch templates

pub(crate) fn no_launch_template_named(name: &str) -> ServiceError {
    refuse(
        "InvalidLaunchTemplateName.NotFoundException",
        format!("The specified launch template, with template name {name}, does not exist."),
    )
}

pub(crate) fn launch_template_name(name: &str) -> ServiceError {
    refuse(
        "InvalidLaunchTemplateName.MalformedException",
        format!(
            "The launch template name '{name}' must have 3 to 128 characters: letters, digits and ( ) . - / _"
        ),
    )
}

pub(crate) fn launch_template_name_taken() -> ServiceError {
    refuse("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
}

pub(crate) fn launch_template_id_and_name() -> ServiceError {
    invalid_parameter_combination("Only one of LaunchTemplateId and LaunchTemplateName can be specified")
}

pub(crate) fn no_launch_template_version(id: &str, version: &str) -> ServiceError {
    refuse(
        "InvalidLaunchTemplateId.VersionNotFound",
        format!("Could not find the specified version {version} for the launch template with ID {id}."),
    )
}

pub(crate) fn launch_template_version_malformed(text: &str) -> ServiceError {
    invalid_value(text, "Version", "It is a number, $Default or $Latest.")
}

pub(crate) fn launch_template_or_symbolic_version() -> ServiceError {
    refuse(
        "MissingParameter",
        "Without LaunchTemplateId or LaunchTemplateName, Versions must be given and hold only $Latest and $Default",
    )
}

pub(crate) fn too_many_launch_templates() -> ServiceError {
    refuse(
        "MaxTemplateLimitExceeded",
        "You've reached the limit on the number of launch templates you can create.",
    )
}

pub(crate) fn too_many_launch_template_versions() -> ServiceError {
    refuse(
        "MaxTemplateVersionLimitExceeded",
        "You've reached the limit on the number of versions of the launch template.",
    )
}

pub(crate) fn versions_and_bounds() -> ServiceError {
    invalid_parameter_combination("Versions cannot be combined with MinVersion or MaxVersion")
}

pub(crate) fn number_of_versions(most: usize) -> ServiceError {
    invalid_parameter_value(format!("The request must name between 1 and {most} versions"))
}

// Launching

pub(crate) fn instance_counts(least: u32, most: u32) -> ServiceError {
    invalid_parameter_value(format!(
        "Invalid counts: MinCount ({least}) must be at least 1 and at most MaxCount ({most})"
    ))
}

pub(crate) fn too_many_instances(most: u32) -> ServiceError {
    refuse("InstanceLimitExceeded", format!("One request starts at most {most} instances."))
}

pub(crate) fn user_data_not_base64() -> ServiceError {
    refuse("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
}

pub(crate) fn user_data_too_long(most: usize) -> ServiceError {
    invalid_parameter_value(format!("User data is limited to {most} bytes"))
}

pub(crate) fn interfaces_and_groups() -> ServiceError {
    invalid_parameter_combination(
        "Network interfaces and an instance-level security groups may not be specified on the same request",
    )
}

pub(crate) fn interfaces_and_subnet() -> ServiceError {
    invalid_parameter_combination(
        "Network interfaces and an instance-level subnet ID may not be specified on the same request",
    )
}

pub(crate) fn interfaces_and_address() -> ServiceError {
    invalid_parameter_combination(
        "Network interfaces and an instance-level private address may not be specified on the same request",
    )
}

pub(crate) fn too_many_interfaces(most: usize) -> ServiceError {
    refuse("AttachmentLimitExceeded", format!("Interface count exceeds the limit of {most} per instance."))
}

pub(crate) fn device_index_given_twice(index: i32) -> ServiceError {
    invalid_parameter_value(format!(
        "Each network interface requires a unique device index: {index} is given twice."
    ))
}

pub(crate) fn no_first_interface() -> ServiceError {
    invalid_parameter_value("When specifying network interfaces, you must include a device at index 0.")
}

pub(crate) fn existing_interface_described() -> ServiceError {
    invalid_parameter_combination(
        "A network interface with an id takes only DeviceIndex and DeleteOnTermination besides",
    )
}

pub(crate) fn public_address_of_several() -> ServiceError {
    invalid_parameter_combination(
        "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.",
    )
}

pub(crate) fn one_instance_only() -> ServiceError {
    invalid_parameter_combination(
        "An existing network interface or a given private address cannot be used by more than one instance",
    )
}

pub(crate) fn interfaces_apart(subnet: &str) -> ServiceError {
    invalid_parameter_combination(format!(
        "All network interfaces of an instance are in one VPC and one availability zone: subnet {subnet} is not"
    ))
}

pub(crate) fn group_names_and_subnet() -> ServiceError {
    invalid_parameter_combination("The parameter groupName cannot be used with the parameter subnet")
}

pub(crate) fn subnet_in_other_zone(subnet: &str, found: &str, wanted: &str) -> ServiceError {
    invalid_parameter_value(format!(
        "The specified subnet {subnet} is in availability zone {found}, but the request says {wanted}"
    ))
}

pub(crate) fn no_such_zone(zone: &str) -> ServiceError {
    invalid_parameter_value(format!("Invalid availability zone: [{zone}]"))
}

pub(crate) fn no_default_subnet(zone: &str) -> ServiceError {
    refuse("MissingInput", format!("No default subnet for availability zone: '{zone}'."))
}

// Instances

pub(crate) fn termination_disabled(id: &str) -> ServiceError {
    refuse(
        "OperationNotPermitted",
        format!(
            "The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
        ),
    )
}

pub(crate) fn stop_disabled(id: &str) -> ServiceError {
    refuse(
        "OperationNotPermitted",
        format!(
            "The instance '{id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again."
        ),
    )
}

/// `what`: stopped, started, rebooted.
pub(crate) fn not_in_state_to(id: &str, what: &str) -> ServiceError {
    refuse(
        "IncorrectInstanceState",
        format!("The instance '{id}' is not in a state from which it can be {what}."),
    )
}

pub(crate) fn not_stopped(id: &str) -> ServiceError {
    refuse("IncorrectInstanceState", format!("The instance '{id}' is not in the 'stopped' state."))
}

/// A server's fault at AWS, hence the status; SDKs try such a request again.
pub(crate) fn no_room_to_start(id: &str, node: &str, refusal: &str) -> ServiceError {
    ServiceError::new(
        "InsufficientInstanceCapacity",
        500,
        format!("The instance '{id}' starts on the node that has its root file system, which cannot take it: {refusal}."),
    )
    .with_hint(format!("`hearth describe node {node}` shows what runs there"))
}

pub(crate) fn root_is_gone(id: &str, node: &str) -> ServiceError {
    refuse(
        "IncorrectInstanceState",
        format!("The root file system of the instance '{id}' was on the node '{node}', which was removed."),
    )
    .with_hint("the instance can only be terminated")
}

pub(crate) fn attribute_not_served(name: &str) -> ServiceError {
    invalid_value(name, "attribute", "This attribute is not served.")
}

pub(crate) fn one_instance_attribute() -> ServiceError {
    invalid_parameter_combination("Exactly one attribute can be modified in one request")
}

/// `word`: as the member is called; `noun`: as people call it.
pub(crate) fn instance_profile(word: &str, noun: &str, value: &str) -> ServiceError {
    invalid_value(
        value,
        &format!("iamInstanceProfile.{word}"),
        &format!("Invalid IAM Instance Profile {noun}"),
    )
}

pub(crate) fn instance_profile_named_twice() -> ServiceError {
    invalid_parameter_combination(
        "The parameter 'iamInstanceProfile.name' cannot be used in combination with 'iamInstanceProfile.arn'",
    )
}

pub(crate) fn instance_profile_associated(id: &str) -> ServiceError {
    refuse("IncorrectState", format!("There is an existing association for instance {id}"))
}

pub(crate) fn instance_profile_association_not_found(id: &str) -> ServiceError {
    refuse("InvalidAssociationID.NotFound", format!("An invalid association-id of '{id}' was given"))
}
