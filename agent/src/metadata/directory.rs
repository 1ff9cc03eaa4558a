//! Who is behind an address.

use super::tree::{self, Node};
use controlplane_proto::agent as proto;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// One instance as its metadata service shows it.
#[derive(Debug)]
pub struct View {
    /// Instance id.
    pub id: String,
    /// The service may be switched off per instance.
    pub enabled: bool,
    /// Requests without a token are refused.
    pub tokens_required: bool,
    /// Time to live of the packets that answer.
    pub hop_limit: u32,
    /// Everything below `/latest`.
    pub(super) root: Node,
}

impl View {
    /// The view of an instance with its interfaces in device order.
    pub fn new(
        instance: &proto::Instance,
        interfaces: &[proto::NetworkInterface],
        credentials: Option<&proto::RoleCredentials>,
    ) -> Self {
        let metadata = instance.metadata.clone().unwrap_or_default();
        Self {
            id: instance.id.clone(),
            enabled: metadata.enabled,
            tokens_required: metadata.http_tokens_required,
            hop_limit: metadata.hop_limit.clamp(1, 64),
            root: tree::root(instance, &metadata, interfaces, credentials),
        }
    }
}

/// What views are made of.
#[derive(Default)]
pub(super) struct Known {
    instances: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>,
    credentials: BTreeMap<String, proto::RoleCredentials>,
}

impl Known {
    /// Other instances. Credentials of one that has no profile any more, or another, are forgotten.
    pub(super) fn replace(&mut self, instances: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>) {
        let profiles: BTreeMap<&str, &str> = instances
            .iter()
            .filter_map(|(it, _)| Some((it.id.as_str(), it.metadata.as_ref()?.instance_profile_arn.as_str())))
            .collect();
        let fits = |id: &String, given: &mut proto::RoleCredentials| {
            profiles.get(id.as_str()) == Some(&given.instance_profile_arn.as_str())
        };
        self.credentials.retain(fits);
        self.instances = instances;
    }

    pub(super) fn give(&mut self, credentials: proto::RoleCredentials) {
        self.credentials.insert(credentials.instance_id.clone(), credentials);
    }
}

/// Views by VPC and address.
#[derive(Debug, Default)]
pub(super) struct Directory(BTreeMap<(String, IpAddr), Arc<View>>);

impl Directory {
    pub(super) fn new(known: &Known) -> Self {
        let mut views = BTreeMap::new();
        for (instance, interfaces) in &known.instances {
            let credentials = known.credentials.get(&instance.id);
            let view = Arc::new(View::new(instance, interfaces, credentials));
            for interface in interfaces {
                let addresses = interface.private_addresses.iter().filter_map(|text| text.parse().ok());
                views.extend(addresses.map(|address| ((interface.vpc_id.clone(), address), view.clone())));
            }
        }
        Self(views)
    }

    pub(super) fn find(&self, vpc_id: &str, source: IpAddr) -> Option<Arc<View>> {
        self.0.get(&(vpc_id.to_owned(), source.to_canonical())).cloned()
    }
}
