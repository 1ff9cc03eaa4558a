//! The first start of a region: its zones, the account's access key, default VPC and built-in image; and the way back
//! to it.
//!
//! Everything here asks first whether it is there already, so it runs at every start of a leader and writes nothing when
//! nothing is missing.

use crate::registry::SERVICES;
use controlplane_services_ec2::image::{ProvideBuiltinImages, ProvideBuiltinImagesInput};
use controlplane_services_ec2::vpc;
use controlplane_services_kernel::manifest::apply::apply;
use controlplane_services_kernel::manifest::parse;
use controlplane_services_kernel::{Caller, Context, Operation, Record, ServiceError, View};
use controlplane_services_native::region::{DeclareRegion, DeclareRegionInput};
use controlplane_services_native::server::Numbering;
use controlplane_services_native::{AccessKey, Certificate, DnsServer, JoinToken, Node, Server};
use controlplane_types::id::ZoneName;
use controlplane_types::{AccountId, Key, RegionName};
use ipnet::Ipv4Net;

/// The apply set of manifests given at the start.
const SET: &str = "start";

/// What a region begins with.
#[derive(Clone, Debug)]
pub struct FirstStart {
    /// Such as `us-east-1`.
    pub region: RegionName,
    /// Such as `us-east-1a`.
    pub zones: Vec<ZoneName>,
    /// The first account.
    pub account: AccountId,
    /// Its access key id; made up once when absent.
    pub access_key_id: Option<String>,
    /// Its secret; made up once when absent.
    pub secret_access_key: Option<String>,
    /// What public addresses are taken from.
    pub public_addresses: Ipv4Net,
    /// Manifests applied at every start and after a reset.
    pub manifests: Vec<String>,
}

impl FirstStart {
    /// Makes what is missing.
    pub fn run(&self, cx: &mut Context) -> Result<(), ServiceError> {
        let created = cx.acting_as(Caller::system(self.region.clone()), |cx| {
            let created = self.declare_region(cx)?;
            self.access_key(cx);
            ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, cx)?;
            Ok::<_, ServiceError>(created)
        })?;
        cx.acting_as(self.root(), |cx| {
            // Once: who deletes the default VPC does not get it back by a restart.
            if created {
                vpc::default::create(cx)?;
            }
            self.apply_manifests(cx)
        })
    }

    /// Forgets everything but the machines and the keys to the door, and begins anew.
    pub fn reset(&self, cx: &mut Context) -> Result<(), ServiceError> {
        for key in forgettable(&cx.view) {
            cx.delete_at(key);
        }
        self.run(cx)
    }

    /// The account's root.
    pub fn root(&self) -> Caller {
        let principal = format!("arn:aws:iam::{}:root", self.account);
        Caller { principal, ..Caller::controller(self.account.clone(), self.region.clone(), "first-start") }
    }

    /// Whether this start is the first.
    fn declare_region(&self, cx: &mut Context) -> Result<bool, ServiceError> {
        let input = DeclareRegionInput {
            name: self.region.clone(),
            zones: self.zones.iter().map(ToString::to_string).collect(),
            public_addresses: self.public_addresses,
            accounts: vec![self.account.clone()],
        };
        DeclareRegion::run(&input, cx).map(|output| output.created)
    }

    fn access_key(&self, cx: &mut Context) {
        let known = AccessKey::of_account(&cx.view, &self.account)
            .map(|(id, key)| (id.to_owned(), key.secret.clone()));
        let wanted = (self.access_key_id.clone(), self.secret_access_key.clone());
        let (id, secret) = match (known, wanted) {
            (Some((id, secret)), (None, None)) if !secret.is_empty() && !id.is_empty() => return,
            (Some((id, _)), (None, Some(secret))) => (id, secret),
            (known, (id, secret)) => {
                let same = known.filter(|(known, _)| id.as_ref().is_none_or(|id| id == known));
                let id = id.unwrap_or_else(|| format!("AKIA{}", cx.random().capitals(16)));
                let kept = same.map(|(_, secret)| secret);
                (id, secret.or(kept).unwrap_or_else(|| cx.random().hex(32) + &cx.random().hex(8)))
            }
        };
        let key = AccessKey::of_root(self.account.clone(), secret);
        if AccessKey::find(&cx.view, &id) == Some(&key) {
            return;
        }
        // One key per account: the one given at the start replaces what was there.
        if let Some((old, _)) = AccessKey::of_account(&cx.view, &self.account)
            && old != id
        {
            let old = AccessKey::key(old);
            cx.delete_at(old);
        }
        cx.put_at(AccessKey::key(&id), key);
    }

    fn apply_manifests(&self, cx: &mut Context) -> Result<(), ServiceError> {
        for text in &self.manifests {
            apply(SERVICES, parse(text)?, SET, cx)?;
        }
        Ok(())
    }
}

/// Every record but those of machines, of who may come in, and the accounts' access keys: those of users go with them.
fn forgettable(view: &View) -> Vec<Key> {
    let machines = [Node::KIND, DnsServer::KIND, Server::KIND, Numbering::KIND];
    let kept = [&machines[..], &[AccessKey::KIND, Certificate::KIND, JoinToken::KIND]].concat();
    let kinds = SERVICES.iter().flat_map(|service| service.kinds.iter());
    let forgotten = kinds.filter(|kind| !kept.contains(&kind.name));
    let of_users = view.all::<AccessKey>().filter(|key| key.record.user.is_some()).map(|key| key.key.clone());
    forgotten.flat_map(|kind| view.untyped(kind.name).map(|(key, _)| key.clone())).chain(of_users).collect()
}
