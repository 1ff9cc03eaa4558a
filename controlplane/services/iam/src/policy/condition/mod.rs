//! Conditions: all of a statement's have to hold.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

mod operator;

pub(super) use operator::{Operand, Operator};

use super::decide::Facts;
use super::key::ContextKey;

/// One key under one operator.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    /// For keys with several values.
    pub(super) over: Over,
    pub(super) if_exists: bool,
    pub(super) key: ContextKey,
    /// One of them suffices.
    pub(super) operands: Box<[Operand]>,
}

/// How many of a key's values have to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Not said: the key has one. Of several one has to pass, or all where the operator is negated.
    One,
    /// `ForAnyValue:`
    Any,
    /// `ForAllValues:`
    All,
}

/// Whether all hold.
pub(super) fn hold(conditions: &[Condition], facts: &Facts) -> bool {
    conditions.iter().all(|condition| condition.holds(facts))
}

impl Condition {
    /// Reads `ForAnyValue:StringLikeIfExists`.
    pub(super) fn operator(text: &str) -> Option<(Operator, Over, bool)> {
        let (over, rest) = match text.split_once(':') {
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Over::Any, rest),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => (Over::All, rest),
            Some(_) => return None,
            None => (Over::One, text),
        };
        const IF_EXISTS: &str = "IfExists";
        let head = rest.len().checked_sub(IF_EXISTS.len()).and_then(|at| rest.split_at_checked(at));
        let (name, if_exists) = match head {
            Some((name, tail)) if tail.eq_ignore_ascii_case(IF_EXISTS) => (name, true),
            _ => (rest, false),
        };
        let operator = Operator::parse(name)?;
        // Whether a key is there is no question to its values.
        let odd = operator == Operator::Null && (if_exists || over != Over::One);
        (!odd).then_some((operator, over, if_exists))
    }

    /// The keys it asks for: its own, and those of variables in what it compares with.
    pub(super) fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        std::iter::once(&self.key).chain(self.operands.iter().flat_map(Operand::variables))
    }

    fn holds(&self, facts: &Facts) -> bool {
        let values = facts.get(self.key.folded());
        if self.operator == Operator::Null {
            return self.operands.iter().any(|operand| *operand == Operand::Bool(values.is_none()));
        }
        let negated = self.operator.is_negated();
        let Some(values) = values else {
            return match self.over {
                _ if self.if_exists => true,
                Over::One => negated,
                Over::Any => false,
                Over::All => true,
            };
        };
        let passes = |value: &String| {
            self.operands.iter().any(|operand| self.operator.compares(operand, value, facts)) != negated
        };
        match self.over {
            Over::Any => values.iter().any(passes),
            Over::All => values.iter().all(passes),
            Over::One if negated => values.iter().all(passes),
            Over::One => values.iter().any(passes),
        }
    }
}
