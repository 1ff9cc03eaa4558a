//! The operators and what they compare with.

use crate::policy::decide::Facts;
use crate::policy::key::ContextKey;
use crate::policy::pattern::Pattern;
use crate::policy::resource::ResourcePattern;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_types::Timestamp;
use ipnet::IpNet;
use std::cmp::Ordering;
use std::net::IpAddr;

/// What is done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Operator {
    Text { folded: bool, like: bool, negated: bool },
    Number(Comparison),
    Date(Comparison),
    Bool,
    Binary,
    Address { negated: bool },
    Arn { negated: bool },
    Null,
}

/// Of what is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Comparison {
    Equals,
    NotEquals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// A value in a policy, read for its operator.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::policy) enum Operand {
    Text(Pattern),
    Number(f64),
    Date(Timestamp),
    Bool(bool),
    Binary(Vec<u8>),
    Address(IpNet),
    Arn(ResourcePattern),
}

impl Operand {
    /// The keys whose values it needs.
    pub(super) fn variables(&self) -> impl Iterator<Item = &ContextKey> {
        let (text, arn) = match self {
            Self::Text(pattern) => (Some(pattern), None),
            Self::Arn(pattern) => (None, Some(pattern)),
            _ => (None, None),
        };
        text.into_iter()
            .flat_map(Pattern::variables)
            .chain(arn.into_iter().flat_map(ResourcePattern::variables))
    }
}

const TEXTS: [(&str, Operator); 6] = [
    ("StringEquals", text(false, false, false)),
    ("StringNotEquals", text(false, false, true)),
    ("StringEqualsIgnoreCase", text(true, false, false)),
    ("StringNotEqualsIgnoreCase", text(true, false, true)),
    ("StringLike", text(false, true, false)),
    ("StringNotLike", text(false, true, true)),
];

const OTHERS: [(&str, Operator); 9] = [
    ("Bool", Operator::Bool),
    ("BinaryEquals", Operator::Binary),
    ("IpAddress", Operator::Address { negated: false }),
    ("NotIpAddress", Operator::Address { negated: true }),
    ("ArnEquals", Operator::Arn { negated: false }),
    ("ArnLike", Operator::Arn { negated: false }),
    ("ArnNotEquals", Operator::Arn { negated: true }),
    ("ArnNotLike", Operator::Arn { negated: true }),
    ("Null", Operator::Null),
];

const COMPARISONS: [(&str, Comparison); 6] = [
    ("Equals", Comparison::Equals),
    ("NotEquals", Comparison::NotEquals),
    ("LessThan", Comparison::LessThan),
    ("LessThanEquals", Comparison::LessThanEquals),
    ("GreaterThan", Comparison::GreaterThan),
    ("GreaterThanEquals", Comparison::GreaterThanEquals),
];

const fn text(folded: bool, like: bool, negated: bool) -> Operator {
    Operator::Text { folded, like, negated }
}

impl Operator {
    /// By its name without prefix and suffix, without regard to case.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let named = |known: &&(&str, Self)| known.0.eq_ignore_ascii_case(name);
        if let Some((_, operator)) = TEXTS.iter().chain(&OTHERS).find(named) {
            return Some(*operator);
        }
        let (kind, rest): (fn(Comparison) -> Self, &str) = match name.get(..7).zip(name.get(..4)) {
            Some((numeric, _)) if numeric.eq_ignore_ascii_case("Numeric") => (Self::Number, &name[7..]),
            Some((_, date)) if date.eq_ignore_ascii_case("Date") => (Self::Date, &name[4..]),
            _ => return None,
        };
        let found = COMPARISONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(rest))?;
        Some(kind(found.1))
    }

    /// Whether it is true of values that are not like the policy's.
    pub(super) fn is_negated(self) -> bool {
        match self {
            Self::Text { negated, .. } | Self::Address { negated } | Self::Arn { negated } => negated,
            Self::Number(comparison) | Self::Date(comparison) => comparison == Comparison::NotEquals,
            Self::Bool | Self::Binary | Self::Null => false,
        }
    }

    /// Reads a value of the policy; `None` if the operator cannot compare with it.
    pub(in crate::policy) fn operand(self, value: &str, variables: bool) -> Option<Operand> {
        match self {
            Self::Text { like: true, .. } => Pattern::parse(value, variables).ok().map(Operand::Text),
            Self::Text { like: false, .. } => {
                Pattern::parse_literal(value, variables).ok().map(Operand::Text)
            }
            Self::Number(_) => number(value).map(Operand::Number),
            Self::Date(_) => date(value).map(Operand::Date),
            Self::Bool | Self::Null => boolean(value).map(Operand::Bool),
            Self::Binary => STANDARD.decode(value).ok().map(Operand::Binary),
            Self::Address { .. } => network(value).map(Operand::Address),
            Self::Arn { .. } => ResourcePattern::parse(value, variables).ok().map(Operand::Arn),
        }
    }

    /// Whether `value` of the request is like `operand` of the policy, before any negation.
    pub(super) fn compares(self, operand: &Operand, value: &str, facts: &Facts) -> bool {
        match (self, operand) {
            (Self::Text { folded, .. }, Operand::Text(pattern)) => pattern.matches(value, folded, facts),
            (Self::Number(comparison), Operand::Number(own)) => number(value)
                .and_then(|value| value.partial_cmp(own))
                .is_some_and(|order| comparison.holds(order)),
            (Self::Date(comparison), Operand::Date(own)) => {
                date(value).is_some_and(|value| comparison.holds(value.cmp(own)))
            }
            (Self::Bool, Operand::Bool(own)) => boolean(value) == Some(*own),
            (Self::Binary, Operand::Binary(own)) => STANDARD.decode(value).is_ok_and(|value| value == *own),
            (Self::Address { .. }, Operand::Address(own)) => {
                value.parse::<IpAddr>().is_ok_and(|address| own.contains(&address))
            }
            (Self::Arn { .. }, Operand::Arn(pattern)) => pattern.matches(value, facts),
            _ => false,
        }
    }
}

impl Comparison {
    /// `order`: of the request's value to the policy's. `NotEquals` is negated outside.
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equals | Self::NotEquals => order == Ordering::Equal,
            Self::LessThan => order == Ordering::Less,
            Self::LessThanEquals => order != Ordering::Greater,
            Self::GreaterThan => order == Ordering::Greater,
            Self::GreaterThanEquals => order != Ordering::Less,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    match () {
        () if text.eq_ignore_ascii_case("true") => Some(true),
        () if text.eq_ignore_ascii_case("false") => Some(false),
        () => None,
    }
}

/// ISO 8601, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    let seconds =
        text.parse::<u64>().ok().map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000)));
    seconds.or_else(|| Timestamp::parse_iso8601(text))
}

/// A network or a single address.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
