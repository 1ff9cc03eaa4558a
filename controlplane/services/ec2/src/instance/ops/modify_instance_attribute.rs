use crate::attribute::{AttributeBooleanValue, AttributeValue, BlobAttributeValue, NoOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::{Instance, ShutdownBehavior, State, user_data};
use crate::instance_type;
use crate::network_interface::{self, NetworkInterface};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html>
///
/// One attribute at a time, as at AWS, as a member of its own or as `Attribute` and `Value`. Type and user data are what
/// the next start reads, so they change while the instance is stopped. Groups and the source and destination check are
/// the interface's; an instance that has several has to be told which, by `ModifyNetworkInterfaceAttribute`.
pub(crate) struct ModifyInstanceAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyInstanceAttributeInput {
    pub(crate) instance_id: String,
    pub(crate) attribute: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) disable_api_stop: Option<AttributeBooleanValue>,
    pub(crate) disable_api_termination: Option<AttributeBooleanValue>,
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) instance_initiated_shutdown_behavior: Option<AttributeValue>,
    pub(crate) instance_type: Option<AttributeValue>,
    pub(crate) source_dest_check: Option<AttributeBooleanValue>,
    pub(crate) user_data: Option<BlobAttributeValue>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifyInstanceAttributeInput);

/// The one attribute, read and checked as far as it can be without its instance.
#[derive(Clone, Debug)]
pub(in crate::instance) enum Change {
    DisableApiStop(bool),
    DisableApiTermination(bool),
    Groups(Vec<String>),
    InstanceType(String),
    ShutdownBehavior(ShutdownBehavior),
    SourceDestCheck(bool),
    UserData(Vec<u8>),
}

impl Operation for ModifyInstanceAttribute {
    const NAME: &'static str = "ModifyInstanceAttribute";
    type Input = ModifyInstanceAttributeInput;
    type Output = NoOutput;

    fn run(input: &ModifyInstanceAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        modify(&input.instance_id, Change::read(input)?, cx)?;
        Ok(NoOutput {})
    }
}

/// Changes one attribute of an instance.
pub(in crate::instance) fn modify(id: &str, change: Change, cx: &mut Context) -> Result<(), ServiceError> {
    let mut instance = require::<Instance>(id, cx)?.clone();
    if matches!(instance.state, State::ShuttingDown | State::Terminated) {
        return Err(errors::not_in_state_to(id, "modified"));
    }
    if change.needs_rest() && instance.state != State::Stopped {
        return Err(errors::not_stopped(id));
    }
    match change {
        Change::Groups(_) | Change::SourceDestCheck(_) => return modify_interface(id, change, cx),
        Change::DisableApiStop(protected) => instance.disable_api_stop = protected,
        Change::DisableApiTermination(protected) => instance.disable_api_termination = protected,
        Change::InstanceType(name) => instance.instance_type = name,
        Change::ShutdownBehavior(behavior) => instance.shutdown_behavior = behavior,
        Change::UserData(bytes) => instance.user_data = (!bytes.is_empty()).then(|| bytes.into()),
    }
    if cx.get::<Instance>(id) != Some(&instance) {
        cx.put(id, instance);
    }
    Ok(())
}

/// What an instance with one interface passes on to it.
fn modify_interface(id: &str, change: Change, cx: &mut Context) -> Result<(), ServiceError> {
    let (interface_id, mut interface) = only_interface(id, cx)?;
    match change {
        Change::Groups(ids) => {
            interface.groups = network_interface::groups(&ids, &interface.vpc_id, &interface.subnet_id, cx)?;
        }
        Change::SourceDestCheck(check) => interface.source_dest_check = check,
        _ => return Err(errors::one_instance_attribute()),
    }
    if cx.get::<NetworkInterface>(&interface_id) != Some(&interface) {
        cx.put(&interface_id, interface);
    }
    Ok(())
}

fn only_interface(id: &str, cx: &Reader) -> Result<(String, NetworkInterface), ServiceError> {
    match network_interface::of_instance(id, cx).as_slice() {
        [only] => Ok((only.key.id().to_owned(), only.record.clone())),
        _ => Err(errors::instance_has_several_interfaces(id)),
    }
}

impl Change {
    fn needs_rest(&self) -> bool {
        matches!(self, Self::InstanceType(_) | Self::UserData(_))
    }

    fn read(input: &ModifyInstanceAttributeInput) -> Result<Self, ServiceError> {
        let mut given = [
            input.disable_api_stop.map(|value| Ok(Self::DisableApiStop(value.value))),
            input.disable_api_termination.map(|value| Ok(Self::DisableApiTermination(value.value))),
            input.source_dest_check.map(|value| Ok(Self::SourceDestCheck(value.value))),
            input.groups.as_deref().map(Self::groups),
            input.instance_type.as_ref().map(|value| Self::instance_type(&value.value)),
            input.instance_initiated_shutdown_behavior.as_ref().map(|value| Self::behavior(&value.value)),
            input.user_data.as_ref().map(|value| Self::user_data(value.value.clone())),
            input.attribute.as_deref().map(|name| Self::named(name, input.value.as_deref())),
        ]
        .into_iter()
        .flatten();
        match (given.next(), given.next()) {
            (Some(change), None) if input.value.is_none() || input.attribute.is_some() => change,
            _ => Err(errors::one_instance_attribute()),
        }
    }

    /// As `Attribute` and `Value`.
    fn named(name: &str, value: Option<&str>) -> Result<Self, ServiceError> {
        let value = value.ok_or_else(|| errors::missing_parameter("Value"));
        match name {
            "disableApiStop" => Ok(Self::DisableApiStop(yes_or_no(value?)?)),
            "disableApiTermination" => Ok(Self::DisableApiTermination(yes_or_no(value?)?)),
            "instanceInitiatedShutdownBehavior" => Self::behavior(value?),
            "instanceType" => Self::instance_type(value?),
            "sourceDestCheck" => Ok(Self::SourceDestCheck(yes_or_no(value?)?)),
            "userData" => Self::user_data(user_data::decode(value?)?),
            other => Err(errors::attribute_not_served(other)),
        }
    }

    pub(in crate::instance) fn groups(ids: &[String]) -> Result<Self, ServiceError> {
        if ids.is_empty() {
            return Err(errors::missing_parameter("GroupId"));
        }
        Ok(Self::Groups(ids.to_vec()))
    }

    pub(in crate::instance) fn instance_type(name: &str) -> Result<Self, ServiceError> {
        Ok(Self::InstanceType(instance_type::require(name)?.name.clone()))
    }

    pub(in crate::instance) fn behavior(text: &str) -> Result<Self, ServiceError> {
        match text {
            "stop" => Ok(Self::ShutdownBehavior(ShutdownBehavior::Stop)),
            "terminate" => Ok(Self::ShutdownBehavior(ShutdownBehavior::Terminate)),
            other => Err(errors::invalid_value(
                other,
                "instanceInitiatedShutdownBehavior",
                "It is one of: stop, terminate.",
            )),
        }
    }

    /// No bytes: none from now on.
    pub(in crate::instance) fn user_data(bytes: Vec<u8>) -> Result<Self, ServiceError> {
        if bytes.len() > user_data::MAX_BYTES {
            return Err(errors::user_data_too_long(user_data::MAX_BYTES));
        }
        Ok(Self::UserData(bytes))
    }
}

fn yes_or_no(text: &str) -> Result<bool, ServiceError> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(errors::invalid_value(other, "Value", "It is one of: true, false.")),
    }
}
