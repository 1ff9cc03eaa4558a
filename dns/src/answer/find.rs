//! Where a name leads inside its zone: to a node, a wildcard, a delegation, or nowhere (RFC 1034 section 4.3.2,
//! RFC 4592).

use crate::compile::{CompiledZone, Node, Snapshot};
use controlplane_types::dns::{RecordType, name};
use std::sync::Arc;

/// A lower-case name in wire form, on the stack.
#[derive(Clone, Copy)]
pub(crate) struct NameBuffer {
    octets: [u8; name::MAX_WIRE],
    len: usize,
}

impl NameBuffer {
    /// The name made of `parts`, in lower case; `None` if it is too long.
    pub(crate) fn new(parts: [&[u8]; 2]) -> Option<Self> {
        let len = parts[0].len() + parts[1].len();
        let mut octets = [0; name::MAX_WIRE];
        octets.get_mut(..parts[0].len())?.copy_from_slice(parts[0]);
        octets.get_mut(parts[0].len()..len)?.copy_from_slice(parts[1]);
        octets[..len].make_ascii_lowercase();
        Some(Self { octets, len })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

/// What stands at a name.
pub(super) enum Found<'s> {
    /// The name itself, or the wildcard that covers it.
    Node(&'s Arc<Node>),
    /// A delegation at or above the name; `len` is the length of the delegated name.
    Cut { node: &'s Arc<Node>, len: usize },
    /// Nothing.
    Missing,
}

/// The zone that answers for a name; for DS of a zone's own name the one above, if it is here too.
pub(crate) fn zone<'s>(snapshot: &'s Snapshot, name: &[u8], kind: u16) -> Option<&'s CompiledZone> {
    let zone = snapshot.zone(name)?;
    let of_apex = kind == RecordType::Ds.code() && *zone.apex == *name;
    let above = name::suffixes(name).nth(1).filter(|_| of_apex).and_then(|above| snapshot.zone(above));
    Some(above.unwrap_or(zone))
}

/// Looks `name` up in the zone it lies in.
pub(super) fn find<'s>(zone: &'s CompiledZone, name: &[u8], kind: u16) -> Found<'s> {
    if zone.has_cuts
        && let Some(found) = find_cut(zone, name, kind)
    {
        return found;
    }
    if let Some(node) = zone.node(name) {
        return Found::Node(node);
    }
    // The closest encloser is the longest existing ancestor; only its own wildcard applies (RFC 4592 section 3.3.1).
    let ancestors = name::suffixes(name).skip(1).take_while(|suffix| suffix.len() >= zone.apex.len());
    let encloser = ancestors.into_iter().find_map(|suffix| zone.node(suffix));
    match encloser.and_then(|node| node.wildcard.as_ref()) {
        Some(wildcard) => Found::Node(wildcard),
        None => Found::Missing,
    }
}

/// The topmost delegation at or above `name`: what lies below it is not ours, whatever the zone holds there. DS of
/// the delegated name itself is the parent's own (RFC 4035 section 3.1.4.1).
fn find_cut<'s>(zone: &'s CompiledZone, name: &[u8], kind: u16) -> Option<Found<'s>> {
    let mut topmost = None;
    for suffix in name::suffixes(name).take_while(|suffix| suffix.len() > zone.apex.len()) {
        let node = zone.node(suffix).filter(|node| node.is_cut);
        topmost = node.map(|node| (node, suffix.len())).or(topmost);
    }
    let (node, len) = topmost?;
    if len == name.len() && kind == RecordType::Ds.code() {
        return Some(Found::Node(node));
    }
    Some(Found::Cut { node, len })
}
