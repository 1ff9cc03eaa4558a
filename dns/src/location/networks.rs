//! Longest-prefix tables: networks in, a flat array of ranges out, with the scope of the answer in each.
//!
//! A table is built once through a binary tree and then only read: one binary search over the first addresses of
//! aligned ranges. Each range carries, beside its value, how wide the network around it is in which every address
//! belongs to the same *class*, for each of `N` ways to classify values. A reply that depends on the country alone
//! may so be cached for a whole country's network, though the table knows cities (RFC 7871 section 7.2.1 asks for the
//! shortest prefix that is true).
//!
//! Rejected: keeping the tree (a pointer chase of 24 steps where a search takes a handful), and one table per group
//! (truly the widest scopes, but a country file of half a million networks for every group that names a country).

use std::net::IpAddr;

/// The value of addresses in no network.
pub const NOWHERE: u32 = u32::MAX;
/// Not all of one class.
const MIXED: u32 = u32::MAX - 1;
/// A child that is not there; the root is nobody's child.
const ABSENT: u32 = 0;
/// Ranges from which on an index over the first 16 bits pays.
const INDEX_FROM: usize = 256;

/// What a table says about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf<const N: usize> {
    /// The value of the longest network that holds the address, or [`NOWHERE`].
    pub value: u32,
    /// By way to classify: length of the widest prefix around the address with one class; 0 is everything.
    pub scopes: [u8; N],
}

/// Values by network.
#[derive(Debug)]
pub struct NetworkTable<const N: usize> {
    v4: Ranges<u32, N>,
    v6: Ranges<u128, N>,
}

impl<const N: usize> Default for NetworkTable<N> {
    fn default() -> Self {
        Networks::default().into_table(|value| [value; N])
    }
}

impl<const N: usize> NetworkTable<N> {
    /// What is said about `address`.
    pub fn lookup(&self, address: IpAddr) -> Leaf<N> {
        match address {
            IpAddr::V4(address) => self.v4.lookup(address.to_bits()),
            IpAddr::V6(address) => self.v6.lookup(address.to_bits()),
        }
    }
}

/// Networks on their way into a table.
#[derive(Debug, Default)]
pub struct Networks {
    v4: Tree,
    v6: Tree,
}

impl Networks {
    /// Gives the network of `address` and `len` the value, which has to be below [`u32::MAX`] - 1. Longer networks
    /// inside keep theirs, whichever comes first; of two equal ones the later stands.
    pub fn insert(&mut self, address: IpAddr, len: u8, value: u32) {
        match address {
            IpAddr::V4(address) => self.v4.insert(u128::from(address.to_bits()) << 96, len.min(32), value),
            IpAddr::V6(address) => self.v6.insert(address.to_bits(), len.min(128), value),
        }
    }

    /// The table. `classes` gives a value's class for each way; the value itself should be the first.
    pub fn into_table<const N: usize>(self, classes: impl Fn(u32) -> [u32; N]) -> NetworkTable<N> {
        let (v4, v6) = (self.v4.flatten(&classes), self.v6.flatten(&classes));
        NetworkTable {
            v4: Ranges::new(v4.into_iter().map(|(start, leaf)| ((start >> 96) as u32, leaf))),
            v6: Ranges::new(v6.into_iter()),
        }
    }
}

/// A binary tree over address bits, highest first.
#[derive(Debug)]
struct Tree(Vec<Branch>);

#[derive(Clone, Copy, Debug)]
struct Branch {
    children: [u32; 2],
    value: u32,
}

const BARE: Branch = Branch { children: [ABSENT; 2], value: NOWHERE };

impl Default for Tree {
    fn default() -> Self {
        Self(vec![BARE])
    }
}

impl Tree {
    fn insert(&mut self, bits: u128, len: u8, value: u32) {
        let mut at = 0;
        for depth in 0..len {
            let side = (bits >> (127 - depth) & 1) as usize;
            if self.0[at].children[side] == ABSENT {
                self.0[at].children[side] = self.0.len() as u32;
                self.0.push(BARE);
            }
            at = self.0[at].children[side] as usize;
        }
        self.0[at].value = value;
    }

    /// Aligned ranges by first address, each as wide as its value allows.
    fn flatten<const N: usize>(&self, classes: &impl Fn(u32) -> [u32; N]) -> Vec<(u128, Leaf<N>)> {
        let mut flat =
            Flattening { tree: self, classes, uniform: vec![[MIXED; N]; self.0.len()], out: Vec::new() };
        flat.classify(Some(0), NOWHERE);
        flat.emit(Some(0), NOWHERE, 0, 0, [None; N]);
        flat.out
    }

    fn child(&self, at: u32, side: usize) -> Option<u32> {
        Some(self.0[at as usize].children[side]).filter(|child| *child != ABSENT)
    }
}

/// Two walks over the tree: upwards, what is of one class; downwards, the ranges. Depth is bounded by the bits of an
/// address.
struct Flattening<'t, F, const N: usize> {
    tree: &'t Tree,
    classes: &'t F,
    /// By branch: the class all below it share, or [`MIXED`].
    uniform: Vec<[u32; N]>,
    out: Vec<(u128, Leaf<N>)>,
}

impl<F: Fn(u32) -> [u32; N], const N: usize> Flattening<'_, F, N> {
    fn value(&self, at: u32, inherited: u32) -> u32 {
        match self.tree.0[at as usize].value {
            NOWHERE => inherited,
            value => value,
        }
    }

    fn classify(&mut self, at: Option<u32>, inherited: u32) -> [u32; N] {
        let Some(at) = at else {
            return (self.classes)(inherited);
        };
        let value = self.value(at, inherited);
        let [left, right] = [0, 1].map(|side| self.tree.child(at, side));
        let shared = if left.is_none() && right.is_none() {
            (self.classes)(value)
        } else {
            let (left, right) = (self.classify(left, value), self.classify(right, value));
            std::array::from_fn(|way| if left[way] == right[way] { left[way] } else { MIXED })
        };
        self.uniform[at as usize] = shared;
        shared
    }

    /// `scopes` holds what was found uniform further up.
    fn emit(&mut self, at: Option<u32>, inherited: u32, start: u128, depth: u8, scopes: [Option<u8>; N]) {
        let value = at.map_or(inherited, |at| self.value(at, inherited));
        let shared = at.map_or_else(|| (self.classes)(value), |at| self.uniform[at as usize]);
        let scopes: [Option<u8>; N] =
            std::array::from_fn(|way| scopes[way].or((shared[way] != MIXED).then_some(depth)));
        // The first way is the value itself: one value means one range.
        if let Some(at) = at
            && scopes[0].is_none()
        {
            for side in [0, 1] {
                let start = start | (side as u128) << (127 - depth);
                self.emit(self.tree.child(at, side), value, start, depth + 1, scopes);
            }
            return;
        }
        let value = at.map_or(value, |at| self.any_value(at, inherited));
        self.out.push((start, Leaf { value, scopes: scopes.map(|scope| scope.unwrap_or(depth)) }));
    }

    /// The value below a branch that has only one.
    fn any_value(&self, mut at: u32, mut inherited: u32) -> u32 {
        loop {
            inherited = self.value(at, inherited);
            match self.tree.child(at, 0) {
                Some(child) => at = child,
                None => return inherited,
            }
        }
    }
}

/// Ranges by first address; the first is address 0, so every address is in one.
#[derive(Debug)]
struct Ranges<A, const N: usize> {
    starts: Box<[A]>,
    leaves: Box<[Leaf<N>]>,
    /// By the first 16 bits: the range their first address is in. Empty for short tables.
    index: Box<[u32]>,
}

/// An address as a number.
trait Address: Copy + Ord {
    fn high_bits(self) -> usize;
    fn from_high_bits(bits: usize) -> Self;
}

impl Address for u32 {
    fn high_bits(self) -> usize {
        (self >> 16) as usize
    }

    fn from_high_bits(bits: usize) -> Self {
        (bits as u32) << 16
    }
}

impl Address for u128 {
    fn high_bits(self) -> usize {
        (self >> 112) as usize
    }

    fn from_high_bits(bits: usize) -> Self {
        (bits as u128) << 112
    }
}

impl<A: Address, const N: usize> Ranges<A, N> {
    fn new(ranges: impl Iterator<Item = (A, Leaf<N>)>) -> Self {
        let (starts, leaves): (Vec<A>, Vec<Leaf<N>>) = ranges.unzip();
        let holds =
            |bits: usize| starts.partition_point(|start| *start <= A::from_high_bits(bits)) as u32 - 1;
        let index =
            if starts.len() < INDEX_FROM { Box::default() } else { (0..1 << 16).map(holds).collect() };
        Self { starts: starts.into(), leaves: leaves.into(), index }
    }

    fn lookup(&self, address: A) -> Leaf<N> {
        let high = address.high_bits();
        let low = self.index.get(high).map_or(0, |number| *number as usize);
        let end = self.index.get(high + 1).map_or(self.starts.len(), |number| *number as usize + 1);
        let within = self.starts[low..end].partition_point(|start| *start <= address);
        self.leaves[low + within - 1]
    }
}

#[cfg(test)]
mod tests;
