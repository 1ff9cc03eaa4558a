//! Starting instances: what `RunInstances`, manifests and Auto Scaling do alike.
//!
//! First a blueprint is made, with every check that does not depend on which of the instances it is; then it is built as
//! often as asked. All or nothing: an error on the way leaves nothing behind, since the context is dropped.

mod blueprint;
mod place;

use super::placing;
use super::state::State;
use super::types::{Instance, StateReason};
use crate::launch_template::LaunchTemplateData;
use crate::network_interface::{self, Attach};
use crate::tag::{self, Tags};
use crate::{errors, image, instance_profile};
use blueprint::{Blueprint, PlannedInterface};
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Context, Record, ServiceError};

/// The most instances of one launch.
pub(crate) const MAX_COUNT: u32 = 1000;

/// What to start.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Everything a template can say, already joined with what the caller says.
    pub data: LaunchTemplateData,
    /// Where interfaces go that do not say it themselves.
    pub subnet_id: Option<String>,
    /// Primary address of the first interface.
    pub private_ip_address: Option<String>,
    /// Fewer than this: none.
    pub min_count: u32,
    /// As many as there are addresses for, but not more than this.
    pub max_count: u32,
    /// The caller's token.
    pub client_token: Option<String>,
    /// Members of one group are spread over racks and nodes.
    pub group: Option<String>,
    /// Tags only the region may give, such as `aws:autoscaling:groupName`.
    pub system_tags: Tags,
}

/// What was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launched {
    /// `r-...`
    pub reservation_id: String,
    /// In the order of launch indexes.
    pub instance_ids: Vec<String>,
}

/// Starts instances.
pub fn launch(launch: &Launch, cx: &mut Context) -> Result<Launched, ServiceError> {
    check_counts(launch)?;
    let blueprint = Blueprint::of(launch, cx)?;
    let count = blueprint.count(launch, cx)?;
    let reservation_id = cx.new_id("r-");
    let mut instance_ids = Vec::with_capacity(count as usize);
    for index in 0..count {
        instance_ids.push(build(&blueprint, launch, &reservation_id, index, cx)?);
    }
    placing::at_launch(&instance_ids, cx);
    Ok(Launched { reservation_id, instance_ids })
}

fn check_counts(launch: &Launch) -> Result<(), ServiceError> {
    if launch.min_count == 0 || launch.min_count > launch.max_count {
        return Err(errors::instance_counts(launch.min_count, launch.max_count));
    }
    if launch.max_count > MAX_COUNT {
        return Err(errors::too_many_instances(MAX_COUNT));
    }
    Ok(())
}

fn build(
    blueprint: &Blueprint,
    launch: &Launch,
    reservation_id: &str,
    index: u32,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let id = cx.new_id(errors::INSTANCE.prefix);
    let mut interfaces = Vec::with_capacity(blueprint.interfaces.len());
    for planned in &blueprint.interfaces {
        interfaces.push(hold(planned, &id, cx)?);
    }
    let profile = launch.data.iam_instance_profile.as_ref();
    let profile = profile.map(|named| instance_profile::associate(named, cx)).transpose()?;
    let instance = record(blueprint, launch, reservation_id, index, interfaces, cx);
    cx.put(&id, Instance { profile, ..instance });
    let mut tags = blueprint.tags.clone();
    tags.extend(launch.system_tags.clone());
    tag::add(&errors::INSTANCE, &id, &tags, cx)?;
    cx.event(Instance::KIND, &id, "Launched", format!("{} from {}", blueprint.size.name, blueprint.image_id));
    Ok(id)
}

/// Makes or takes one interface and gives it to the instance.
fn hold(planned: &PlannedInterface, instance_id: &str, cx: &mut Context) -> Result<String, ServiceError> {
    let (id, device_index, delete_on_termination) = match planned {
        PlannedInterface::Existing { id, device_index, delete_on_termination } => {
            (id.clone(), *device_index, *delete_on_termination)
        }
        PlannedInterface::New { new, device_index, delete_on_termination } => {
            (network_interface::create(cx, new.as_ref().clone())?.0, *device_index, *delete_on_termination)
        }
    };
    let to = Attach { instance_id: instance_id.to_owned(), device_index, delete_on_termination };
    network_interface::attach(cx, &id, to)?;
    Ok(id)
}

fn record(
    blueprint: &Blueprint,
    launch: &Launch,
    reservation_id: &str,
    launch_index: u32,
    interfaces: Vec<String>,
    cx: &Context,
) -> Instance {
    Instance {
        reservation_id: reservation_id.to_owned(),
        launch_index,
        launched_at: cx.now,
        client_token: launch.client_token.clone(),
        image_id: blueprint.image_id.clone(),
        instance_type: blueprint.size.name.clone(),
        key_name: launch.data.key_name.clone(),
        public_key: blueprint.public_key.clone(),
        vpc_id: blueprint.vpc_id.clone(),
        subnet_id: blueprint.subnet_id.clone(),
        zone: blueprint.zone.clone(),
        zone_id: blueprint.zone_id.clone(),
        interfaces,
        user_data: blueprint.user_data.clone().map(Into::into),
        metadata_options: blueprint.metadata_options,
        shutdown_behavior: blueprint.shutdown_behavior,
        disable_api_termination: launch.data.disable_api_termination.unwrap_or(false),
        group: launch.group.clone(),
        run: 1,
        node: None,
        state: State::Pending,
        state_since: cx.now,
        transition_reason: String::new(),
        state_reason: Some(StateReason::pending()),
        started_at: None,
        exit: None,
        disable_api_stop: launch.data.disable_api_stop.unwrap_or(false),
        force_stop: false,
        image_owner: blueprint.image_owner.clone(),
        profile: None,
    }
}

/// The image a launch names, which the caller may use, and its owner where that is another account.
fn image(data: &LaunchTemplateData, cx: &Context) -> Result<(String, Option<String>), ServiceError> {
    let id = data.image_id.clone().ok_or_else(|| errors::missing_parameter("ImageId"))?;
    let owner = image::launchable(&id, cx)?.key.account();
    let foreign = owner != cx.caller.account && owner.as_str() != SYSTEM_ACCOUNT;
    Ok((id, foreign.then(|| owner.to_string())))
}
