//! The first start of a cluster: its regions with their zones, the account's access key, in each region a default VPC and the
//! built-in image; and the way back to it.
//!
//! Everything here asks first whether it is there already, so it runs at every start of a leader and writes nothing when
//! nothing is missing.

use crate::regions;
use crate::registry::SERVICES;
use controlplane_services_cloudtrail::trail::TrailStore;
use controlplane_services_ec2::image::{ProvideBuiltinImages, ProvideBuiltinImagesInput};
use controlplane_services_ec2::vpc;
use controlplane_services_iam::last_use::LastUse;
use controlplane_services_kernel::manifest::apply::apply;
use controlplane_services_kernel::manifest::parse;
use controlplane_services_kernel::{Caller, Context, Operation, Record, ServiceError, View};
use controlplane_services_native::errors::other_home;
use controlplane_services_native::region::{DeclareRegion, DeclareRegionInput};
use controlplane_services_native::server::Numbering;
use controlplane_services_native::{AccessKey, Certificate, DnsServer, JoinToken, Node, Region, Server};
use controlplane_types::id::ZoneName;
use controlplane_types::{AccountId, Key, RegionName};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};

/// The apply set of manifests given at the start.
const SET: &str = "start";

/// What a region begins with.
#[derive(Clone, Debug)]
pub struct FirstStart {
    /// The home region, such as `us-east-1`.
    pub region: RegionName,
    /// Such as `us-east-1a`.
    pub zones: Vec<ZoneName>,
    /// The other regions of the cluster, each with its zones.
    pub further_regions: BTreeMap<RegionName, Vec<ZoneName>>,
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
        self.declare(&self.region, &self.zones, cx)?;
        for (region, zones) in &self.further_regions {
            self.declare(region, zones, cx)?;
        }
        self.settle(cx)?;
        cx.acting_as(Caller::system(self.region.clone()), |cx| self.access_key(cx));
        cx.acting_as(self.root(), |cx| self.apply_manifests(cx))
    }

    /// Whether a cluster with these records may be started so.
    pub(crate) fn check(&self, view: &View) -> Result<(), ServiceError> {
        match Region::all(view).first() {
            Some(home) if home.name != self.region => Err(other_home(&self.region, &home.name)),
            _ => Ok(()),
        }
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
        root_of(&self.account, &self.region)
    }

    /// This region is there, with these zones at least and the built-in images.
    fn declare(&self, region: &RegionName, zones: &[ZoneName], cx: &mut Context) -> Result<(), ServiceError> {
        let input = DeclareRegionInput {
            name: region.clone(),
            zones: zones.iter().map(ToString::to_string).collect(),
            public_addresses: self.public_addresses,
            accounts: Vec::new(),
            is_further: *region != self.region,
        };
        cx.acting_as(Caller::system(region.clone()), |cx| {
            DeclareRegion::run(&input, cx)?;
            ProvideBuiltinImages::run(&ProvideBuiltinImagesInput {}, cx)
        })
    }

    /// Every account lives in every region: in one that is new to it, it finds a default VPC.
    fn settle(&self, cx: &mut Context) -> Result<(), ServiceError> {
        let regions: Vec<Region> = Region::all(&cx.view).into_iter().cloned().collect();
        let known = regions.iter().flat_map(|region| region.accounts.iter().cloned());
        let accounts: BTreeSet<AccountId> = known.chain([self.account.clone()]).collect();
        for region in regions {
            let input = DeclareRegionInput {
                name: region.name.clone(),
                zones: Vec::new(),
                public_addresses: region.public_addresses,
                accounts: accounts.iter().cloned().collect(),
                is_further: region.is_further,
            };
            let declare = |cx: &mut Context| DeclareRegion::run(&input, cx);
            let newcomers = cx.acting_as(Caller::system(region.name.clone()), declare)?.newcomers;
            for account in newcomers {
                // Once: who deletes the default VPC does not get it back by a restart.
                cx.acting_as(root_of(&account, &region.name), vpc::default::create)?;
            }
        }
        Ok(())
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
        let before = AccessKey::find(&cx.view, &id);
        let created_at = before.map_or(Some(cx.now), |before| before.created_at);
        let key = AccessKey { created_at, ..AccessKey::of_root(self.account.clone(), secret) };
        if before == Some(&key) {
            return;
        }
        // One key per account: the one given at the start replaces what was there.
        if let Some((old, _)) = AccessKey::of_account(&cx.view, &self.account)
            && old != id
        {
            let gone = [AccessKey::key(old), LastUse::key(&self.account, old)];
            gone.into_iter().for_each(|key| cx.delete_at(key));
        }
        cx.put_at(AccessKey::key(&id), key);
    }

    fn apply_manifests(&self, cx: &mut Context) -> Result<(), ServiceError> {
        for text in &self.manifests {
            let documents = parse(text)?;
            regions::check_documents(&cx.view, &documents)?;
            apply(SERVICES, documents, SET, &self.region, cx)?;
        }
        Ok(())
    }
}

fn root_of(account: &AccountId, region: &RegionName) -> Caller {
    let principal = format!("arn:aws:iam::{account}:root");
    Caller { principal, ..Caller::controller(account.clone(), region.clone(), "first-start") }
}

/// Every record but those of machines, of who may come in, and the accounts' access keys: those of users go with them.
fn forgettable(view: &View) -> Vec<Key> {
    let machines = [Node::KIND, DnsServer::KIND, Server::KIND, Numbering::KIND, TrailStore::KIND];
    let kept = [&machines[..], &[AccessKey::KIND, Certificate::KIND, JoinToken::KIND]].concat();
    let kinds = SERVICES.iter().flat_map(|service| service.kinds.iter());
    let forgotten = kinds.filter(|kind| !kept.contains(&kind.name));
    let of_users = view.all::<AccessKey>().filter(|key| key.record.user.is_some()).map(|key| key.key.clone());
    forgotten.flat_map(|kind| view.untyped(kind.name).map(|(key, _)| key.clone())).chain(of_users).collect()
}
