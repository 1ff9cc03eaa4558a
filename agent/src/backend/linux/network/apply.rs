//! Carries out a plan, one namespace after another.
//!
//! A step that fails is reported for the object it belongs to, and the others go on. Where a namespace could not
//! be made or its filter not be set, nothing further is opened there: a link must never go up without its rules.

use super::error::{NetworkError, Result};
use super::firewall::nft;
use super::kernel::neighbors::{self, Entry, Kind};
use super::kernel::{addresses, links, routes, rules, settings};
use super::model::{Address, Forward, Item, Link, Neighbor, Place};
use super::plan::{Change, Step};
use super::session::{Session, Sessions};
use crate::backend::BackendError;
use controlplane_proto::agent as proto;
use nix::errno::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::AsRawFd;

/// What the kernel says when something is gone already.
const GONE: [Errno; 5] = [Errno::ENODEV, Errno::ENOENT, Errno::ESRCH, Errno::EADDRNOTAVAIL, Errno::ENXIO];

/// Carries out steps and remembers what failed.
pub(super) struct Executor<'a, 's> {
    sessions: &'a mut Sessions<'s>,
    owners: &'a BTreeMap<(Place, String), proto::ObjectKey>,
    blocked: BTreeSet<Place>,
    failures: Vec<(proto::ObjectKey, BackendError)>,
}

impl<'a, 's> Executor<'a, 's> {
    pub(super) fn new(
        sessions: &'a mut Sessions<'s>,
        owners: &'a BTreeMap<(Place, String), proto::ObjectKey>,
    ) -> Self {
        Self { sessions, owners, blocked: BTreeSet::new(), failures: Vec::new() }
    }

    /// The first failure of each object, whose later ones follow from it.
    pub(super) fn run(mut self, steps: Vec<Step>) -> Vec<(proto::ObjectKey, BackendError)> {
        for step in steps {
            if self.blocked.contains(&step.place) && opens(&step.change) {
                continue;
            }
            if let Err(error) = self.carry_out(&step) {
                self.fail(&step, error);
            }
        }
        self.failures
    }

    fn fail(&mut self, step: &Step, error: NetworkError) {
        tracing::warn!(place = ?step.place, %error, "network step failed");
        if matches!(step.change, Change::CreateNamespace | Change::Set(..) | Change::Filter(_)) {
            self.blocked.insert(step.place.clone());
        }
        let mut keys = concerned(step, self.owners);
        keys.retain(|key| self.failures.iter().all(|(known, _)| known != key));
        let error = BackendError::from(error);
        self.failures.extend(keys.into_iter().map(|key| (key, error.clone())));
    }

    fn carry_out(&mut self, step: &Step) -> Result<()> {
        let place = &step.place;
        match &step.change {
            Change::RemoveNamespace => self.sessions.remove(place),
            Change::CreateNamespace => self.sessions.create(place),
            Change::RemoveLink(name) => gone_is_done(self.remove_link(place, name)),
            Change::RemoveItem(item) => gone_is_done(remove_item(self.sessions.get(place)?, item)),
            Change::Set(setting, value) => {
                self.sessions.enter(place)?;
                settings::write(&setting.name, value)
                    .map_err(NetworkError::system(format!("set {}", setting.name)))
            }
            Change::CreateCable { name, link, peer, far } => {
                self.create_cable(place, (name, link), peer, far)
            }
            Change::CreateOverlay { name, link } => self.create_overlay(place, name, link),
            Change::Filter(transaction) => {
                self.sessions.enter(place)?;
                nft::commit(transaction)
            }
            Change::BringUp { name, link } => self.sessions.get(place)?.bring_up(name, link),
            Change::AddItem(item) => add_item(self.sessions.get(place)?, item),
        }
    }

    /// The other end of a cable goes with it, and with that the indices known of its namespace.
    fn remove_link(&mut self, place: &Place, name: &str) -> Result<()> {
        let session = self.sessions.get(place)?;
        session.forget_indices();
        match session.index(name)? {
            Some(index) => links::remove(&mut session.netlink, index, name),
            None => Ok(()),
        }
    }

    fn create_cable(
        &mut self,
        place: &Place,
        near: (&str, &Link),
        peer: &(Place, String),
        far: &Link,
    ) -> Result<()> {
        let far_session = self.sessions.get(&peer.0)?;
        far_session.forget_indices();
        let far_ns = far_session.namespace.as_raw_fd();
        let session = self.sessions.get(place)?;
        session.forget_indices();
        links::create_cable(&mut session.netlink, near, (&peer.1, far), far_ns)
    }

    fn create_overlay(&mut self, place: &Place, name: &str, link: &Link) -> Result<()> {
        let session = self.sessions.get(place)?;
        session.forget_indices();
        let ns = session.namespace.as_raw_fd();
        links::create_overlay(&mut self.sessions.get(&Place::Host)?.netlink, name, link, ns)
    }
}

/// Whether a step could let a packet through.
fn opens(change: &Change) -> bool {
    !matches!(change, Change::RemoveLink(_) | Change::RemoveItem(_) | Change::RemoveNamespace)
}

fn add_item(session: &mut Session, item: &Item) -> Result<()> {
    let index = item.link().map(|link| session.required(link)).transpose()?;
    let netlink = &mut session.netlink;
    match (item, index) {
        (Item::Address(Address { network, .. }), Some(index)) => addresses::add(netlink, index, *network),
        (Item::Neighbor(Neighbor { address, mac, .. }), Some(index)) => {
            neighbors::add(netlink, Kind::Neighbor, Entry { index, address: *address, mac: *mac })
        }
        (Item::Forward(Forward { underlay, mac, .. }), Some(index)) => {
            neighbors::add(netlink, Kind::Forward, Entry { index, address: *underlay, mac: *mac })
        }
        (Item::Route(route), index) => routes::add(netlink, route, index),
        (Item::Rule(rule), _) => rules::add(netlink, rule),
        (Item::Address(_) | Item::Neighbor(_) | Item::Forward(_), None) => Ok(()),
    }
}

fn remove_item(session: &mut Session, item: &Item) -> Result<()> {
    let index = item.link().map(|link| session.required(link)).transpose()?;
    let netlink = &mut session.netlink;
    match (item, index) {
        (Item::Address(Address { network, .. }), Some(index)) => addresses::remove(netlink, index, *network),
        (Item::Neighbor(Neighbor { address, mac, .. }), Some(index)) => {
            neighbors::remove(netlink, Kind::Neighbor, Entry { index, address: *address, mac: *mac })
        }
        (Item::Forward(Forward { underlay, mac, .. }), Some(index)) => {
            neighbors::remove(netlink, Kind::Forward, Entry { index, address: *underlay, mac: *mac })
        }
        (Item::Route(route), index) => routes::remove(netlink, route, index),
        (Item::Rule(rule), _) => rules::remove(netlink, rule),
        (Item::Address(_) | Item::Neighbor(_) | Item::Forward(_), None) => Ok(()),
    }
}

fn gone_is_done(result: Result<()>) -> Result<()> {
    match result {
        Err(NetworkError::System { source, .. }) if is_gone(&source) => Ok(()),
        other => other,
    }
}

fn is_gone(error: &std::io::Error) -> bool {
    error.raw_os_error().is_some_and(|code| GONE.contains(&Errno::from_raw(code)))
}

/// The owner of the link a step is about; else whoever the place belongs to, and on the host that is every VPC with
/// an uplink.
fn concerned(step: &Step, owners: &BTreeMap<(Place, String), proto::ObjectKey>) -> Vec<proto::ObjectKey> {
    let owner = link_of(&step.change).and_then(|link| owners.get(&(step.place.clone(), link.to_owned())));
    match (owner, &step.place) {
        (Some(key), _) => vec![key.clone()],
        (None, Place::Vpc(id)) => vec![super::topology::object_key("vpc", id)],
        (None, Place::Instance(id)) => vec![super::topology::object_key("instance", id)],
        (None, Place::Host) => owners
            .iter()
            .filter(|((place, _), _)| *place == Place::Host)
            .map(|(_, key)| key.clone())
            .collect(),
    }
}

fn link_of(change: &Change) -> Option<&str> {
    match change {
        Change::RemoveLink(name)
        | Change::CreateCable { name, .. }
        | Change::CreateOverlay { name, .. }
        | Change::BringUp { name, .. } => Some(name),
        Change::AddItem(item) | Change::RemoveItem(item) => item.link(),
        Change::Set(setting, _) => setting.link.as_deref(),
        Change::RemoveNamespace | Change::CreateNamespace | Change::Filter(_) => None,
    }
}
