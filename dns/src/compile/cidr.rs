//! CIDR collections as longest-prefix tables (route53.md section 10, IP-based).
//!
//! One table per collection, shared by every group that uses it.

use crate::location::{Client, Leaf, NOWHERE, NetworkTable, Networks};
use crate::zone::TreeKey;
use controlplane_proto::dns as proto;
use controlplane_types::dns::Name;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A compiled collection.
#[derive(Debug, Default)]
pub(super) struct CidrTable {
    /// In the order of the feed; the place is the location's number.
    locations: Box<[Box<str>]>,
    blocks: Box<[Block]>,
    /// To numbers of blocks; the second scope is the location's.
    networks: NetworkTable<2>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    len: u8,
    location: u32,
    /// The block around this one.
    outer: u32,
}

impl CidrTable {
    fn new(collection: &proto::CidrCollection) -> Self {
        let mut given: Vec<(IpNet, u32)> = Vec::new();
        for (location, number) in collection.locations.iter().zip(0..) {
            for block in &location.blocks {
                match block.parse::<IpNet>() {
                    Ok(network) => given.push((network.trunc(), number)),
                    Err(_) => tracing::error!(collection = collection.id, block, "no CIDR block: left out"),
                }
            }
        }
        given.sort_by_key(|(network, _)| network.prefix_len());
        let mut networks = Networks::default();
        let mut blocks: Vec<Block> = Vec::with_capacity(given.len());
        for (number, (network, location)) in given.iter().enumerate() {
            let outer = given[..number].iter().rposition(|(outer, _)| outer.contains(network));
            let outer = outer.map_or(NOWHERE, |outer| outer as u32);
            blocks.push(Block { len: network.prefix_len(), location: *location, outer });
            networks.insert(network.network(), network.prefix_len(), number as u32);
        }
        let location = |block: u32| blocks.get(block as usize).map_or(NOWHERE, |block| block.location);
        let networks = networks.into_table(|block| [block, location(block)]);
        let locations = collection.locations.iter().map(|location| location.name.as_str().into()).collect();
        Self { locations, blocks: blocks.into(), networks }
    }

    /// The number of the location with this name.
    pub(super) fn location(&self, name: &str) -> Option<usize> {
        self.locations.iter().position(|location| **location == *name)
    }

    /// Every location.
    pub(super) fn locations(&self) -> impl Iterator<Item = &str> {
        self.locations.iter().map(|name| &**name)
    }

    /// The location with the longest block that holds all of the client's network, and the scope of that. A block
    /// longer than what is known of the client does not count; it might hold the client or not.
    pub(super) fn find(&self, client: Client) -> (Option<usize>, u8) {
        let Leaf { value, scopes: [_, mut scope] } = self.networks.lookup(client.address);
        let mut block = self.blocks.get(value as usize);
        while let Some(longer) = block.filter(|block| block.len > client.prefix) {
            scope = scope.max(longer.len);
            block = self.blocks.get(longer.outer as usize);
        }
        (block.map(|block| block.location as usize), scope)
    }
}

/// Compiled collections, and who uses them.
#[derive(Debug, Default)]
pub(super) struct Collections {
    tables: BTreeMap<Arc<str>, (Arc<CidrTable>, Users)>,
}

/// Names by zone.
type Users = BTreeMap<String, BTreeSet<TreeKey>>;

impl Collections {
    /// Drops what was compiled of these collections and gives the names that used it.
    pub(super) fn drop_changed(&mut self, changed: &BTreeSet<String>) -> BTreeMap<String, Vec<TreeKey>> {
        let mut users = BTreeMap::<String, Vec<TreeKey>>::new();
        for (_, concerned) in changed.iter().filter_map(|id| self.tables.remove(id.as_str())) {
            for (zone, names) in concerned {
                users.entry(zone).or_default().extend(names);
            }
        }
        users
    }

    /// The table of a collection, for a name that will use it; empty if the feed has not brought it.
    pub(super) fn table(
        &mut self,
        given: &BTreeMap<String, proto::CidrCollection>,
        id: &Arc<str>,
        zone: &str,
        name: &Name,
    ) -> Arc<CidrTable> {
        let compiled = || Arc::new(given.get(&**id).map(CidrTable::new).unwrap_or_default());
        let (table, users) = self.tables.entry(id.clone()).or_insert_with(|| (compiled(), Users::new()));
        users.entry(zone.to_owned()).or_default().insert(TreeKey::new(name));
        table.clone()
    }
}
