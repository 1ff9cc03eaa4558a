//! An instance as AWS shows it; its interfaces and the filters on it in files of their own.

mod filters;
mod interface;
mod shown;

pub(crate) use interface::{GroupIdentifier, InterfaceShape, groups};
pub(crate) use shown::ShownInstance;

use super::state::State;
use super::types::{Instance, MetadataOptions};
use crate::instance_profile::ProfileShape;
use crate::instance_type;
use crate::network_interface;
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use interface::{dns_name, group_identifiers};
use serde::Serialize;
use std::borrow::Borrow;
use std::collections::BTreeMap;

/// The instances of one `RunInstances` call that are shown.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Reservation<I = InstanceShape> {
    pub(crate) reservation_id: String,
    pub(crate) owner_id: String,
    groups: [GroupIdentifier; 0],
    pub(crate) instances: Vec<I>,
}

impl Reservation {
    /// A reservation with these of its instances.
    pub(crate) fn of(id: &str, instance_ids: &[String], cx: &Reader) -> Self {
        let instances =
            instance_ids.iter().filter_map(|id| Some(InstanceShape::of(id, cx.get::<Instance>(id)?, cx)));
        Self::new(id, instances.collect(), cx)
    }
}

impl<I: Borrow<InstanceShape>> Reservation<I> {
    fn new(id: &str, instances: Vec<I>, cx: &Reader) -> Self {
        Self { reservation_id: id.to_owned(), owner_id: cx.caller.account.to_string(), groups: [], instances }
    }

    /// Instances by reservation, each reservation where its first instance stands.
    pub(crate) fn group(instances: Vec<I>, cx: &Reader) -> Vec<Self> {
        let mut places = BTreeMap::new();
        let mut reservations: Vec<Self> = Vec::new();
        let found: Vec<usize> = instances
            .iter()
            .map(|instance| {
                let id = instance.borrow().reservation_id.as_str();
                *places.entry(id).or_insert_with(|| {
                    reservations.push(Self::new(id, Vec::new(), cx));
                    reservations.len() - 1
                })
            })
            .collect();
        for (place, instance) in found.into_iter().zip(instances) {
            reservations[place].instances.push(instance);
        }
        for reservation in &mut reservations {
            reservation.instances.sort_by_key(|instance| instance.borrow().ami_launch_index);
        }
        reservations
    }
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstanceShape {
    #[serde(skip)]
    pub(crate) reservation_id: String,
    #[serde(skip)]
    owner_id: String,
    pub(crate) instance_id: String,
    image_id: String,
    pub(crate) state: InstanceState,
    state_transition_reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state_reason: Option<StateReasonShape>,
    private_dns_name: String,
    public_dns_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_name: Option<String>,
    ami_launch_index: u32,
    instance_type: String,
    launch_time: Timestamp,
    placement: PlacementShape,
    monitoring: Monitoring,
    #[serde(skip_serializing_if = "Option::is_none")]
    subnet_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6_address: Option<String>,
    architecture: &'static str,
    block_device_mappings: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
    ebs_optimized: bool,
    hypervisor: &'static str,
    pub(crate) network_interfaces: Vec<InterfaceShape>,
    root_device_name: &'static str,
    root_device_type: &'static str,
    pub(crate) security_groups: Vec<GroupIdentifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_dest_check: Option<bool>,
    virtualization_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iam_instance_profile: Option<ProfileShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_options: Option<CpuOptions>,
    metadata_options: MetadataOptionsShape,
    platform_details: &'static str,
    usage_operation: &'static str,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstanceState {
    pub(crate) code: u32,
    pub(crate) name: &'static str,
}

impl From<State> for InstanceState {
    fn from(state: State) -> Self {
        Self { code: state.code(), name: state.as_str() }
    }
}

/// What an action did to an instance.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstanceStateChange {
    pub(crate) instance_id: String,
    pub(crate) previous_state: InstanceState,
    pub(crate) current_state: InstanceState,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StateReasonShape {
    pub(crate) code: String,
    pub(crate) message: String,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PlacementShape {
    availability_zone: String,
    availability_zone_id: String,
    group_name: &'static str,
    tenancy: &'static str,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Monitoring {
    state: &'static str,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CpuOptions {
    core_count: u32,
    threads_per_core: u32,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MetadataOptionsShape {
    state: &'static str,
    http_tokens: &'static str,
    http_put_response_hop_limit: u32,
    http_endpoint: &'static str,
    http_protocol_ipv6: &'static str,
    instance_metadata_tags: &'static str,
}

impl InstanceShape {
    /// What the caller sees of an instance. A terminated one has no place in a network any more.
    pub(crate) fn of(id: &str, instance: &Instance, cx: &Reader) -> Self {
        let held = network_interface::of_instance(id, cx);
        let network_interfaces: Vec<_> =
            held.iter().map(|found| InterfaceShape::of(found.key.id(), found.record, cx)).collect();
        let first = held.first().map(|found| found.record);
        let in_network = |text: &String| Some(text.clone()).filter(|_| instance.state != State::Terminated);
        Self {
            reservation_id: instance.reservation_id.clone(),
            owner_id: cx.caller.account.to_string(),
            instance_id: id.to_owned(),
            image_id: instance.image_id.clone(),
            state: instance.state.into(),
            state_transition_reason: instance.transition_reason.clone(),
            state_reason: instance.state_reason.as_ref().map(|reason| StateReasonShape {
                code: reason.code.clone(),
                message: reason.message.clone(),
            }),
            private_dns_name: first.map(|first| dns_name(first, cx)).unwrap_or_default(),
            public_dns_name: String::new(),
            key_name: instance.key_name.clone(),
            ami_launch_index: instance.launch_index,
            instance_type: instance.instance_type.clone(),
            launch_time: instance.launched_at,
            placement: PlacementShape {
                availability_zone: instance.zone.clone(),
                availability_zone_id: instance.zone_id.clone(),
                group_name: "",
                tenancy: "default",
            },
            monitoring: Monitoring { state: "disabled" },
            subnet_id: in_network(&instance.subnet_id),
            vpc_id: in_network(&instance.vpc_id),
            private_ip_address: first.map(|first| first.primary_address().to_string()),
            public_ip_address: first
                .and_then(|first| first.primary_public_address())
                .map(|address| address.to_string()),
            ipv6_address: first.and_then(|first| first.ipv6_addresses.first()).map(ToString::to_string),
            architecture: "x86_64",
            block_device_mappings: [],
            client_token: instance.client_token.clone(),
            ebs_optimized: false,
            hypervisor: "xen",
            security_groups: first.map(|first| group_identifiers(first, cx)).unwrap_or_default(),
            source_dest_check: first.map(|first| first.source_dest_check),
            network_interfaces,
            root_device_name: "/dev/xvda",
            root_device_type: "ebs",
            virtualization_type: "hvm",
            iam_instance_profile: instance.profile.as_ref().map(ProfileShape::of),
            cpu_options: instance_type::find(&instance.instance_type).map(|size| CpuOptions {
                core_count: size.vcpus / size.threads_per_core,
                threads_per_core: size.threads_per_core,
            }),
            metadata_options: MetadataOptionsShape::of(&instance.metadata_options),
            platform_details: "Linux/UNIX",
            usage_operation: "RunInstances",
            tags: tag::of(id, cx),
        }
    }
}

impl MetadataOptionsShape {
    pub(crate) fn of(options: &MetadataOptions) -> Self {
        let switch = |on| if on { "enabled" } else { "disabled" };
        Self {
            state: "applied",
            http_tokens: if options.tokens_required { "required" } else { "optional" },
            http_put_response_hop_limit: options.hop_limit,
            http_endpoint: switch(options.enabled),
            http_protocol_ipv6: "disabled",
            instance_metadata_tags: switch(options.tags),
        }
    }
}
