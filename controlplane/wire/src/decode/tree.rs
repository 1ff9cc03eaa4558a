//! A request's values as nodes of one vector, typed by the model, before any Rust type is known.
//!
//! A tree between wire and serde looks like a detour. It buys three things: all protocols meet in one form, so
//! validation and deserialization exist once; form parameters may come in any order; and every error can name the
//! member by its path, because nodes know their parents.

use crate::error::{Rule, Violation, WireError};
use crate::limits::{self, Bounds};
use crate::model::{Kind, Member, Protocol, Service, Shape, ShapeId, Structure};
use std::borrow::Cow;

/// Index of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// What a node is to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// The whole input.
    Root,
    /// The member of a structure, by index.
    Member(u16),
    /// An item of a list, counted from 1 as on the wire; lists are kept in this order.
    Item(u32),
}

/// One value.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) shape: ShapeId,
    pub(crate) label: Label,
    parent: Option<NodeId>,
    first_child: Option<NodeId>,
    last_child: Option<NodeId>,
    next: Option<NodeId>,
    /// A scalar's text; empty for structures and lists.
    pub(crate) text: Cow<'a, str>,
}

/// All values of one request or response.
pub(crate) struct Tree<'a> {
    pub(crate) service: &'static Service,
    bounds: Bounds,
    nodes: Vec<Node<'a>>,
    violations: Vec<Violation>,
}

impl<'a> Tree<'a> {
    pub(crate) const ROOT: NodeId = NodeId(0);

    pub(crate) fn new(service: &'static Service, root: ShapeId, bounds: Bounds) -> Self {
        let root = Node::new(root, Label::Root, None);
        Self { service, bounds, nodes: vec![root], violations: Vec::new() }
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn shape(&self, id: NodeId) -> &'static Shape {
        self.service.shape(self.node(id).shape)
    }

    pub(crate) fn set_text(&mut self, id: NodeId, text: Cow<'a, str>) {
        self.nodes[id.0 as usize].text = text;
    }

    pub(crate) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(id).first_child, |&child| self.node(child).next)
    }

    /// The sibling after a node.
    pub(crate) fn next(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).next
    }

    /// The child with this label; the newest is looked at first, since input mostly comes in order.
    pub(crate) fn child(&self, id: NodeId, label: Label) -> Option<NodeId> {
        let newest = self.node(id).last_child.filter(|&last| self.node(last).label == label);
        newest.or_else(|| self.children(id).find(|&child| self.node(child).label == label))
    }

    /// Adds a child; the items of a list stay sorted by number.
    pub(crate) fn add(&mut self, parent: NodeId, label: Label, shape: ShapeId) -> Result<NodeId, WireError> {
        self.check_bounds(label)?;
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let before = self.predecessor(parent, label);
        let mut node = Node::new(shape, label, Some(parent));
        node.next = match before {
            Some(before) => self.nodes[before.0 as usize].next.replace(id),
            None => self.nodes[parent.0 as usize].first_child.replace(id),
        };
        if node.next.is_none() {
            self.nodes[parent.0 as usize].last_child = Some(id);
        }
        self.nodes.push(node);
        Ok(id)
    }

    fn check_bounds(&self, label: Label) -> Result<(), WireError> {
        let Bounds { values, items } = self.bounds;
        match label {
            _ if self.nodes.len() >= values => {
                Err(WireError::Limit { what: "a number of values", limit: values })
            }
            Label::Item(number) if number as usize > items => {
                Err(WireError::Limit { what: "a number of items in one list", limit: items })
            }
            _ => Ok(()),
        }
    }

    /// The sibling a new child goes after: the last one, but for items that arrive out of order.
    fn predecessor(&self, parent: NodeId, label: Label) -> Option<NodeId> {
        let last = self.node(parent).last_child?;
        match (self.node(last).label, label) {
            (Label::Item(newest), Label::Item(number)) if number < newest => {
                let smaller =
                    |&id: &NodeId| matches!(self.node(id).label, Label::Item(other) if other < number);
                self.children(parent).take_while(smaller).last()
            }
            _ => Some(last),
        }
    }

    /// The label of an item after all others.
    pub(crate) fn next_item(&self, list: NodeId) -> Label {
        match self.node(list).last_child.map(|last| self.node(last).label) {
            Some(Label::Item(number)) => Label::Item(number + 1),
            _ => Label::Item(1),
        }
    }

    pub(crate) fn violate(&mut self, path: &str, rule: Rule) {
        if self.violations.len() < limits::VIOLATIONS {
            let path = limits::echo(path);
            self.violations.push(Violation { path, rule });
        }
    }

    pub(crate) fn take_violations(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.violations)
    }

    /// Wire names from the root, joined by dots, items counted from 1.
    pub(crate) fn path(&self, id: NodeId) -> String {
        let chain: Vec<NodeId> = std::iter::successors(Some(id), |&id| self.node(id).parent).collect();
        let names: Vec<Cow<'_, str>> = chain.iter().rev().filter_map(|&id| self.step(id)).collect();
        names.join(".")
    }

    /// The path of a member that may be absent.
    pub(crate) fn member_path(&self, id: NodeId, member: &Member) -> String {
        join(&self.path(id), self.wire_name(member))
    }

    fn step(&self, id: NodeId) -> Option<Cow<'_, str>> {
        let parent = self.node(id).parent?;
        match (self.node(id).label, &self.shape(parent).kind) {
            (Label::Member(index), Kind::Structure(structure)) => {
                Some(Cow::Borrowed(self.wire_name(structure.member(index))))
            }
            (Label::Item(number), Kind::List(list)) => {
                Some(Cow::Owned(join(&list.query_item, &number.to_string())))
            }
            _ => None,
        }
    }

    fn wire_name<'m>(&self, member: &'m Member) -> &'m str {
        match self.service.protocol() {
            Protocol::Ec2Query | Protocol::Query => &member.query,
            _ => &member.name,
        }
    }

    /// The structure a node is, if it is one.
    pub(crate) fn structure(&self, id: NodeId) -> Option<&'static Structure> {
        self.shape(id).structure()
    }
}

impl Node<'_> {
    fn new(shape: ShapeId, label: Label, parent: Option<NodeId>) -> Self {
        Self {
            shape,
            label,
            parent,
            first_child: None,
            last_child: None,
            next: None,
            text: Cow::Borrowed(""),
        }
    }
}

/// Joins two parts of a path, either of which may be empty.
pub(crate) fn join(left: &str, right: &str) -> String {
    let dot = if left.is_empty() || right.is_empty() { "" } else { "." };
    format!("{left}{dot}{right}")
}
