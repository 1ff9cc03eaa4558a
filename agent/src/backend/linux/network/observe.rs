//! Reads the kernel: what there is of ours, in the form it is wanted in.

use super::Config;
use super::error::{NetworkError, Result};
use super::firewall::{Ruleset, nft};
use super::kernel::{addresses, links::FoundLink, neighbors, routes, rules, settings};
use super::model::{Address, Forward, Item, LinkKind, Neighbor, Place, Plane, Route, RouteAction, World};
use super::names;
use super::session::{Session, Sessions};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Everything of ours on this machine. Of places that are not wanted only the links matter: they go.
pub(super) fn observe(sessions: &mut Sessions<'_>, config: &Config, wanted: &World) -> Result<World> {
    let mut world = World::new();
    for place in sessions.places()? {
        let links = our_links(&place, config, sessions.get(&place)?.links()?);
        let plane = match wanted.get(&place) {
            Some(wanted) => plane(sessions, config, &place, links, wanted)?,
            None => Plane { links: by_name(links), ..Plane::default() },
        };
        world.insert(place, plane);
    }
    Ok(world)
}

/// The host has links of others, and the processes of an instance may make their own; a VPC's namespace is ours alone.
fn our_links(place: &Place, config: &Config, found: Vec<FoundLink>) -> Vec<FoundLink> {
    let prefix = names::host_link_prefix(&config.prefix);
    let ours = |found: &FoundLink| match place {
        Place::Host => found.name.starts_with(&prefix),
        Place::Instance(_) => found.link.kind == LinkKind::Loopback || is_instance_link(&found.name),
        Place::Vpc(_) => true,
    };
    found.into_iter().filter(ours).collect()
}

fn is_instance_link(name: &str) -> bool {
    name.strip_prefix("eth").is_some_and(|index| index.parse::<u32>().is_ok())
}

fn by_name(links: Vec<FoundLink>) -> BTreeMap<String, super::model::Link> {
    links.into_iter().map(|found| (found.name, found.link)).collect()
}

fn plane(
    sessions: &mut Sessions<'_>,
    config: &Config,
    place: &Place,
    links: Vec<FoundLink>,
    wanted: &Plane,
) -> Result<Plane> {
    let names = links.iter().map(|found| (found.index, found.name.clone())).collect();
    let items = Reader { session: sessions.get(place)?, names: &names }.items(place, config)?;
    sessions.enter(place)?;
    let mut plane = Plane { links: by_name(links), items: items.into_iter().collect(), ..Plane::default() };
    for setting in wanted.settings.keys() {
        let value =
            settings::read(&setting.name).map_err(NetworkError::system(format!("read {}", setting.name)))?;
        plane.settings.extend(value.map(|value| (setting.clone(), value)));
    }
    plane.firewall = tables(place, config)?;
    Ok(plane)
}

/// Our tables in the namespace the thread is in. Instances have none.
fn tables(place: &Place, config: &Config) -> Result<Ruleset> {
    match place {
        Place::Host => nft::list(&names::host_table(&config.prefix)),
        Place::Vpc(_) => nft::list(names::TABLE),
        Place::Instance(_) => Ok(Ruleset::new()),
    }
}

struct Reader<'a> {
    session: &'a mut Session,
    names: &'a BTreeMap<u32, String>,
}

impl Reader<'_> {
    fn items(&mut self, place: &Place, config: &Config) -> Result<Vec<Item>> {
        let mut items = self.addresses()?;
        items.extend(self.neighbors()?);
        items.extend(self.forwards()?);
        let routes = routes::list(&mut self.session.netlink, |index| self.names.get(&index).cloned())?;
        items.extend(
            routes
                .into_iter()
                .filter(|route| *place != Place::Host || is_ours(route, config))
                .map(Item::Route),
        );
        if *place != Place::Host {
            items.extend(rules::list(&mut self.session.netlink)?.into_iter().map(Item::Rule));
        }
        Ok(items)
    }

    fn addresses(&mut self) -> Result<Vec<Item>> {
        let found = addresses::list(&mut self.session.netlink)?;
        let ours = found.into_iter().filter(|(_, network)| !is_the_kernels(network));
        let named = ours
            .filter_map(|(index, network)| Some(Address { link: self.names.get(&index)?.clone(), network }));
        Ok(named.map(Item::Address).collect())
    }

    fn neighbors(&mut self) -> Result<Vec<Item>> {
        let found = neighbors::list(&mut self.session.netlink, neighbors::Kind::Neighbor)?;
        let named = found.into_iter().filter_map(|entry| {
            let link = self.names.get(&entry.index)?.clone();
            Some(Item::Neighbor(Neighbor { link, address: entry.address, mac: entry.mac }))
        });
        Ok(named.collect())
    }

    fn forwards(&mut self) -> Result<Vec<Item>> {
        let found = neighbors::list(&mut self.session.netlink, neighbors::Kind::Forward)?;
        let named = found.into_iter().filter_map(|entry| {
            let link = self.names.get(&entry.index)?.clone();
            Some(Item::Forward(Forward { link, mac: entry.mac, underlay: entry.address }))
        });
        Ok(named.collect())
    }
}

/// Agents that share the host share the protocol number; a route without a link is ours if it has our metric.
fn is_ours(route: &Route, config: &Config) -> bool {
    matches!(route.action, RouteAction::Forward { .. }) || route.metric == config.last_resort()
}

/// Loopback's own addresses, and the link-local ones that interfaces give themselves; the router's is not of those.
fn is_the_kernels(network: &IpNet) -> bool {
    match network.addr() {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => {
            address.is_loopback()
                || (address.is_unicast_link_local() && address.octets()[8..] != [0, 0, 0, 0, 0, 0, 0, 1])
        }
    }
}
