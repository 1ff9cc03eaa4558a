use crate::accesses;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::launch::{Launch, launch};
use crate::instance::shape::Reservation;
use crate::instance_profile::InstanceProfileSpecification;
use crate::launch_template::{
    self, InterfaceSpecification, LaunchTemplateData, LaunchTemplateSpecification, MetadataOptionsRequest,
    PlacementSpecification,
};
use crate::tag::TagSpecification;
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html>
pub(crate) struct RunInstances;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RunInstancesInput {
    pub(crate) client_token: Option<String>,
    pub(crate) disable_api_stop: Option<bool>,
    pub(crate) disable_api_termination: Option<bool>,
    pub(crate) dry_run: Option<bool>,
    pub(crate) iam_instance_profile: Option<InstanceProfileSpecification>,
    pub(crate) image_id: Option<String>,
    pub(crate) instance_initiated_shutdown_behavior: Option<String>,
    pub(crate) instance_type: Option<String>,
    pub(crate) key_name: Option<String>,
    pub(crate) launch_template: Option<LaunchTemplateSpecification>,
    pub(crate) max_count: i32,
    pub(crate) metadata_options: Option<MetadataOptionsRequest>,
    pub(crate) min_count: i32,
    pub(crate) network_interfaces: Option<Vec<InterfaceSpecification>>,
    pub(crate) placement: Option<PlacementSpecification>,
    pub(crate) private_ip_address: Option<String>,
    pub(crate) security_group_ids: Option<Vec<String>>,
    pub(crate) security_groups: Option<Vec<String>>,
    pub(crate) subnet_id: Option<String>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) user_data: Option<String>,
}

may_dry_run!(RunInstancesInput);

impl Operation for RunInstances {
    const NAME: &'static str = "RunInstances";
    type Input = RunInstancesInput;
    type Output = Reservation;

    fn accesses(input: &RunInstancesInput, cx: &Reader) -> Option<Vec<Access>> {
        // A template that is not there is refused by the action itself.
        let template = input
            .launch_template
            .as_ref()
            .map(|named| launch_template::resolve(named, cx))
            .transpose()
            .ok()?;
        let (id, base) = template.map(|found| (found.id, found.data)).unzip();
        let data = base.unwrap_or_default().overridden_by(data(input));
        Some(accesses::of_launch(id.as_deref(), input.subnet_id.as_deref(), &data, cx))
    }

    fn run(input: &RunInstancesInput, cx: &mut Context) -> Result<Reservation, ServiceError> {
        let request = request(input, cx)?;
        let launched = launch(&request, cx)?;
        Ok(Reservation::of(&launched.reservation_id, &launched.instance_ids, cx))
    }

    fn client_token(input: &RunInstancesInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}

fn request(input: &RunInstancesInput, cx: &Reader) -> Result<Launch, ServiceError> {
    let template =
        input.launch_template.as_ref().map(|named| launch_template::resolve(named, cx)).transpose()?;
    let base = template.map(|found| found.data).unwrap_or_default();
    let data = base.overridden_by(data(input));
    if input.subnet_id.is_some()
        && data.network_interfaces.as_ref().is_some_and(|interfaces| !interfaces.is_empty())
    {
        return Err(errors::interfaces_and_subnet());
    }
    Ok(Launch {
        data,
        subnet_id: input.subnet_id.clone(),
        private_ip_address: input.private_ip_address.clone(),
        min_count: u32::try_from(input.min_count).unwrap_or(0),
        max_count: u32::try_from(input.max_count).unwrap_or(0),
        client_token: input.client_token.clone(),
        ..Launch::default()
    })
}

/// The members a template has too.
fn data(input: &RunInstancesInput) -> LaunchTemplateData {
    LaunchTemplateData {
        image_id: input.image_id.clone(),
        instance_type: input.instance_type.clone(),
        key_name: input.key_name.clone(),
        iam_instance_profile: input.iam_instance_profile.clone(),
        user_data: input.user_data.clone(),
        security_group_ids: input.security_group_ids.clone(),
        security_groups: input.security_groups.clone(),
        network_interfaces: input.network_interfaces.clone(),
        placement: input.placement.clone(),
        metadata_options: input.metadata_options.clone(),
        instance_initiated_shutdown_behavior: input.instance_initiated_shutdown_behavior.clone(),
        disable_api_termination: input.disable_api_termination,
        disable_api_stop: input.disable_api_stop,
        tag_specifications: input.tag_specifications.clone(),
    }
}
