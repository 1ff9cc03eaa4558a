//! The model's rules on values: required members, types, bounds, enums, patterns. All violations are collected,
//! since a user who repairs one wants to know of the next.

use super::form::not_a;
use super::scalar::{self, Scalar};
use super::tree::{Label, NodeId, Tree};
use crate::error::Rule;
use crate::limits;
use crate::model::{Kind, Length, List, Range, Shape, Structure, TextRule};

/// Enum values named in a message; longer sets are cut.
const NAMED_VALUES: usize = 30;

/// Checks a node and all below it.
pub(super) fn validate(tree: &mut Tree<'_>, at: NodeId) {
    match &tree.shape(at).kind {
        Kind::Structure(structure) => require(tree, at, structure),
        Kind::List(list) => check_list(tree, at, list),
        _ => check_scalar(tree, at),
    }
    let children: Vec<NodeId> = tree.children(at).collect();
    for child in children {
        validate(tree, child);
    }
}

fn require(tree: &mut Tree<'_>, at: NodeId, structure: &'static Structure) {
    for (member, index) in structure.members().iter().zip(0..).filter(|(member, _)| member.required) {
        if tree.child(at, Label::Member(index)).is_none() {
            let path = tree.member_path(at, member);
            tree.violate(&path, Rule::Missing);
        }
    }
}

fn check_list(tree: &mut Tree<'_>, at: NodeId, list: &'static List) {
    let count = tree.children(at).count();
    if let Some(must) = length_rule(list.length, count) {
        violate(tree, at, &format!("[{count} items]"), must);
    }
}

fn check_scalar(tree: &mut Tree<'_>, at: NodeId) {
    let shape = tree.shape(at);
    let text = tree.node(at).text.clone();
    let must = match scalar::parse(shape, &text) {
        Ok(value) => broken_rule(shape, &value),
        Err(expected) => {
            let path = tree.path(at);
            let shown = if shape.sensitive { MASK } else { &*text };
            return tree.violate(&path, not_a(expected, shown));
        }
    };
    if let Some(must) = must {
        violate(tree, at, &text, must);
    }
}

const MASK: &str = "*****";

fn violate(tree: &mut Tree<'_>, at: NodeId, value: &str, must: String) {
    let value = if tree.shape(at).sensitive { MASK } else { value };
    let value = limits::echo(value);
    let path = tree.path(at);
    tree.violate(&path, Rule::Constraint { value, must });
}

fn broken_rule(shape: &Shape, value: &Scalar<'_>) -> Option<String> {
    match (&shape.kind, value) {
        (Kind::Text(rule), Scalar::Text(text)) => text_rule(rule, text),
        (Kind::Blob(length), Scalar::Bytes(bytes)) => length_rule(*length, bytes.len()),
        (Kind::Integer(range) | Kind::Long(range), Scalar::Whole(number)) => {
            range_rule(*range, *number as f64)
        }
        (Kind::Double(range), Scalar::Double(number)) => range_rule(*range, *number),
        _ => None,
    }
}

fn text_rule(rule: &TextRule, text: &str) -> Option<String> {
    if !rule.allows_value(text) {
        return Some(enum_rule(rule.values()));
    }
    length_rule(rule.length, text.chars().count()).or_else(|| {
        let broken = !rule.matches(text);
        rule.pattern()
            .filter(|_| broken)
            .map(|pattern| format!("Member must satisfy regular expression pattern: {pattern}"))
    })
}

fn enum_rule(values: &[Box<str>]) -> String {
    let named: Vec<&str> = values.iter().take(NAMED_VALUES).map(|value| &**value).collect();
    let more = if values.len() > NAMED_VALUES { ", ..." } else { "" };
    format!("Member must satisfy enum value set: [{}{more}]", named.join(", "))
}

fn length_rule(length: Length, count: usize) -> Option<String> {
    match length {
        Length { min: Some(min), .. } if count < min => {
            Some(format!("Member must have length greater than or equal to {min}"))
        }
        Length { max: Some(max), .. } if count > max => {
            Some(format!("Member must have length less than or equal to {max}"))
        }
        _ => None,
    }
}

fn range_rule(range: Range, number: f64) -> Option<String> {
    match range {
        Range { min: Some(min), .. } if number < min => {
            Some(format!("Member must have value greater than or equal to {min}"))
        }
        Range { max: Some(max), .. } if number > max => {
            Some(format!("Member must have value less than or equal to {max}"))
        }
        _ => None,
    }
}
