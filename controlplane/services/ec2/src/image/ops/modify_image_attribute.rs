use crate::attribute::{AttributeValue, NoOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::image::sharing::{self, LaunchPermission};
use crate::image::types::{Image, require_own};
use crate::image::validate;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyImageAttribute.html>
///
/// One attribute at a time: the description or the launch permissions, each as a member of its own or by `Attribute`.
pub(crate) struct ModifyImageAttribute;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyImageAttributeInput {
    pub(crate) image_id: String,
    pub(crate) attribute: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) description: Option<AttributeValue>,
    pub(crate) launch_permission: Option<LaunchPermissionModifications>,
    pub(crate) operation_type: Option<String>,
    pub(crate) user_ids: Option<Vec<String>>,
    pub(crate) user_groups: Option<Vec<String>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifyImageAttributeInput);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct LaunchPermissionModifications {
    pub(crate) add: Vec<Permission>,
    pub(crate) remove: Vec<Permission>,
}

/// An account or a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Permission {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
}

/// The one attribute.
enum Change {
    Description(String),
    Permissions { add: Vec<LaunchPermission>, remove: Vec<LaunchPermission> },
}

impl Operation for ModifyImageAttribute {
    const NAME: &'static str = "ModifyImageAttribute";
    type Input = ModifyImageAttributeInput;
    type Output = NoOutput;

    fn run(input: &ModifyImageAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        match Change::read(input)? {
            Change::Description(text) => describe(&input.image_id, text, cx)?,
            Change::Permissions { add, remove } => sharing::change(&input.image_id, add, &remove, cx)?,
        }
        Ok(NoOutput {})
    }
}

fn describe(id: &str, description: String, cx: &mut Context) -> Result<(), ServiceError> {
    validate::description(&description)?;
    let image = require_own(id, cx)?.clone();
    if image.description != description {
        cx.put(id, Image { description, ..image });
    }
    Ok(())
}

impl Change {
    fn read(input: &ModifyImageAttributeInput) -> Result<Self, ServiceError> {
        let by_operation =
            input.operation_type.is_some() || input.user_ids.is_some() || input.user_groups.is_some();
        let given = [
            input.description.as_ref().map(|description| Ok(Self::Description(description.value.clone()))),
            input.launch_permission.as_ref().map(Self::modifications),
            by_operation.then(|| Self::operation(input)),
            input.value.clone().map(|value| Self::value(value, input.attribute.as_deref())),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(change), None) => change,
            (None, _) => Err(errors::missing_parameter("attribute")),
            (Some(_), Some(_)) => Err(errors::one_image_attribute()),
        }
    }

    fn value(value: String, attribute: Option<&str>) -> Result<Self, ServiceError> {
        match attribute {
            Some("description") => Ok(Self::Description(value)),
            Some(other) => Err(errors::attribute_not_served(other)),
            None => Err(errors::missing_parameter("attribute")),
        }
    }

    fn operation(input: &ModifyImageAttributeInput) -> Result<Self, ServiceError> {
        match input.attribute.as_deref() {
            None | Some("launchPermission") => {}
            Some(other) => return Err(errors::attribute_not_served(other)),
        }
        let ids = input.user_ids.iter().flatten().map(|id| LaunchPermission::account(id));
        let groups = input.user_groups.iter().flatten().map(|name| LaunchPermission::group(name));
        let named = ids.chain(groups).collect::<Result<Vec<_>, _>>()?;
        if named.is_empty() {
            return Err(errors::missing_parameter("UserId or UserGroup"));
        }
        match input.operation_type.as_deref() {
            Some("add") => Ok(Self::Permissions { add: named, remove: Vec::new() }),
            Some("remove") => Ok(Self::Permissions { add: Vec::new(), remove: named }),
            _ => Err(errors::missing_parameter("OperationType")),
        }
    }

    fn modifications(modifications: &LaunchPermissionModifications) -> Result<Self, ServiceError> {
        let read = |permissions: &[Permission]| {
            permissions.iter().map(Permission::read).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self::Permissions { add: read(&modifications.add)?, remove: read(&modifications.remove)? })
    }
}

impl Permission {
    fn read(&self) -> Result<LaunchPermission, ServiceError> {
        match (&self.user_id, &self.group) {
            (Some(id), None) => LaunchPermission::account(id),
            (None, Some(name)) => LaunchPermission::group(name),
            _ => Err(errors::account_or_group()),
        }
    }

    /// As AWS shows it.
    pub(super) fn shown(permission: &LaunchPermission) -> Self {
        let text = Some(permission.as_str().to_owned());
        match permission {
            LaunchPermission::Everybody => Self { group: text, user_id: None },
            LaunchPermission::Account(_) => Self { user_id: text, group: None },
        }
    }
}
