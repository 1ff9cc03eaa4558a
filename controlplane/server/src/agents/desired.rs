//! What a node should have, from the records: its instances and everything they need of the VPCs they are in.
//!
//! Pure but for what [`Networks`] remembers. A node gets the whole of every VPC it hosts something of, and nothing of any
//! other.

use super::networks::Networks;
use controlplane_proto::agent::{self as proto, Object, instance, object};
use controlplane_proto::desired::DesiredSet;
use controlplane_services_ec2::dhcp_options::{self, Told};
use controlplane_services_ec2::image::Image;
use controlplane_services_ec2::instance::{Instance, State};
use controlplane_services_ec2::{image, instance_type, network_interface, tag};
use controlplane_services_kernel::{Caller, Reader, Stored, View};
use controlplane_services_native::node::HELD_BY;
use controlplane_types::{AccountId, RegionName, Scope, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The desired set of `node`.
pub(crate) fn of_node(view: &View, networks: &Networks, region: &RegionName, node: &str) -> DesiredSet {
    let mut builder = Builder { view, networks, region, node, set: DesiredSet::default() };
    builder.build();
    builder.set
}

struct Builder<'v> {
    view: &'v View,
    networks: &'v Networks,
    region: &'v RegionName,
    node: &'v str,
    set: DesiredSet,
}

impl Builder<'_> {
    fn build(&mut self) {
        let scope = Scope::from(self.region);
        let view = self.view;
        let held = view.find::<Instance>(HELD_BY, self.node).filter(|found| found.key.scope() == scope);
        let mut vpcs: BTreeSet<(AccountId, String)> = BTreeSet::new();
        for instance in held {
            let reader = self.reader(instance.key.account());
            self.instance(&instance, &reader);
            vpcs.insert((instance.key.account(), instance.vpc_id.clone()));
        }
        for (account, vpc_id) in vpcs {
            let reader = self.reader(account);
            self.vpc(&vpc_id, &reader);
        }
    }

    fn reader(&self, account: AccountId) -> Reader {
        let caller = Caller::controller(account, self.region.clone(), "desired");
        Reader::new(self.view.clone(), caller, Timestamp::default())
    }

    fn add(&mut self, object: object::Object) {
        // Every object has an id of its own; one that had none would be no record.
        if let Err(error) = self.set.insert(Object { object: Some(object) }) {
            tracing::error!(node = self.node, %error, "a record cannot be told to the agent");
        }
    }

    fn instance(&mut self, instance: &Stored<'_, Instance>, reader: &Reader) {
        let id = instance.key.id();
        let shape = instance_type::find(&instance.instance_type);
        let image = image::of_instance(instance.record, reader);
        let image_id = image.as_ref().map(image_id).unwrap_or_default();
        if let Some(image) = image {
            self.image(&image);
        }
        self.add(object::Object::Instance(proto::Instance {
            id: id.to_owned(),
            run: instance.run,
            target: target(instance.state).into(),
            image_id,
            vcpus: shape.map_or(1, |shape| shape.vcpus),
            memory_mib: shape.map_or(512, |shape| shape.memory_mib),
            network_interface_ids: by_device_index(id, reader),
            user_data: instance.user_data.as_ref().map(|data| data.to_vec()).unwrap_or_default(),
            metadata: Some(Box::new(self.metadata(id, instance.record, reader))),
            hostname: id.to_owned(),
            force_stop: instance.force_stop,
            dhcp_options: dhcp_options::told_in(&instance.vpc_id, reader).map(told_options).map(Box::new),
        }));
    }

    fn metadata(&self, id: &str, instance: &Instance, reader: &Reader) -> proto::Metadata {
        let options = instance.metadata_options;
        let tags: BTreeMap<String, String> =
            if options.tags { tag::map(id, reader) } else { BTreeMap::new() };
        proto::Metadata {
            account_id: reader.caller.account.to_string(),
            region: self.region.to_string(),
            availability_zone: instance.zone.clone(),
            instance_type: instance.instance_type.clone(),
            reservation_id: instance.reservation_id.clone(),
            launch_index: instance.launch_index,
            key_name: instance.key_name.clone().unwrap_or_default(),
            public_key: instance.public_key.clone().unwrap_or_default(),
            pending_time_ms: instance.launched_at.as_millis(),
            tags,
            http_tokens_required: options.tokens_required,
            hop_limit: options.hop_limit,
            enabled: options.enabled,
            ami_id: instance.image_id.clone(),
            instance_profile_arn: instance.profile.as_ref().map(|it| it.arn.clone()).unwrap_or_default(),
        }
    }

    fn image(&mut self, image: &Stored<'_, Image>) {
        let (source, digest) = match &image.source {
            image::Source::Builtin(name) => (format!("builtin:{name}"), format!("builtin:{name}")),
            image::Source::Import(digest) => ("import".to_owned(), digest.clone()),
            image::Source::Registry(registry) => ("registry".to_owned(), registry.digest.clone()),
        };
        self.add(object::Object::Image(proto::Image {
            id: image_id(image),
            digest,
            source,
            command: image.command.clone(),
            environment: image.environment.clone(),
            working_directory: image.working_directory.clone(),
            registry: in_registry(&image.source),
        }));
    }

    /// Everything of the VPC, and of its interfaces this node's own as they are and the others as neighbours.
    fn vpc(&mut self, id: &str, reader: &Reader) {
        for (key, object) in self.networks.of_vpc(id, reader).objects(self.node) {
            self.set.share(key.clone(), object.clone());
        }
    }
}

fn told_options(told: Told) -> proto::DhcpOptions {
    proto::DhcpOptions {
        domain_name_servers: told.domain_name_servers.iter().map(ToString::to_string).collect(),
        domain_names: told.domain_names,
    }
}

/// Its owner's account and its id.
fn image_id(image: &Stored<'_, Image>) -> String {
    format!("{}/{}", image.key.account(), image.key.id())
}

fn in_registry(source: &image::Source) -> Option<proto::RegistryImage> {
    let image::Source::Registry(image) = source else { return None };
    let platform = |platform: &image::Platform| proto::ImagePlatform {
        architecture: platform.architecture.clone(),
        digest: platform.digest.clone(),
        size_bytes: platform.size_bytes,
    };
    let platforms = image.platforms.iter().map(platform).collect();
    Some(proto::RegistryImage { reference: image.reference.clone(), platforms })
}

/// The interfaces of an instance, each in its place.
fn by_device_index(id: &str, reader: &Reader) -> Vec<String> {
    let mut ids = Vec::new();
    for found in network_interface::of_instance(id, reader) {
        let index = found.device_index().unwrap_or_default() as usize;
        ids.resize(ids.len().max(index + 1), String::new());
        found.key.id().clone_into(&mut ids[index]);
    }
    ids
}

fn target(state: State) -> instance::Target {
    match state {
        State::Pending | State::Running => instance::Target::Running,
        State::Stopping | State::Stopped => instance::Target::Stopped,
        State::ShuttingDown | State::Terminated => instance::Target::Terminated,
    }
}
