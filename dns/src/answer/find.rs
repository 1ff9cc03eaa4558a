//! Where a name leads inside its zone: to a node, a wildcard, a delegation, or nowhere (RFC 1034 section 4.3.2,
//! RFC 4592).

use crate::compile::{CompiledZone, Node, Snapshot};
use crate::zone::Rendered;
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
        let [own, rest] = parts;
        let mut octets = [0; name::MAX_WIRE];
        let whole = octets.get_mut(..own.len() + rest.len())?;
        whole[..own.len()].copy_from_slice(own);
        whole[own.len()..].copy_from_slice(rest);
        whole.make_ascii_lowercase();
        Some(Self { len: whole.len(), octets })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

/// What stands at a name.
pub(super) enum Found<'s> {
    /// The name itself, or the wildcard that covers it.
    Node(&'s Arc<Node>),
    /// A delegation at or above the name.
    Cut(Cut<'s>),
    /// Nothing.
    Missing,
}

/// A delegation.
#[derive(Clone, Copy)]
pub(super) struct Cut<'s> {
    pub(super) node: &'s Arc<Node>,
    /// Its NS records.
    pub(super) servers: &'s Rendered,
    /// Length of the delegated name.
    pub(super) len: usize,
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
    let mut topmost: Option<Cut> = None;
    for suffix in name::suffixes(name).take_while(|suffix| suffix.len() > zone.apex.len()) {
        let node = zone.node(suffix).filter(|node| node.is_cut);
        let group = node.and_then(|node| node.group(RecordType::Ns.code()));
        // No NS set is an alias.
        let servers = group.and_then(|group| group.member(0).rendered());
        let cut = node.zip(servers).map(|(node, servers)| Cut { node, servers, len: suffix.len() });
        topmost = cut.or(topmost);
    }
    let cut = topmost?;
    if cut.len == name.len() && kind == RecordType::Ds.code() {
        return Some(Found::Node(cut.node));
    }
    Some(Found::Cut(cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_lower_case_and_no_longer_than_names_are() {
        for (own, rest, fits) in
            [(0, 0, true), (255, 0, true), (256, 0, false), (200, 55, true), (200, 56, false)]
        {
            let name = NameBuffer::new([&vec![b'A'; own], &vec![b'b'; rest]]);
            let expected = fits.then(|| [vec![b'a'; own], vec![b'b'; rest]].concat());
            assert_eq!(name.map(|name| name.as_slice().to_vec()), expected, "{own} and {rest}");
        }
    }
}
