//! Policy documents, read.

mod json;
pub(crate) mod positions;
mod read;

use super::action::ActionPattern;
use super::condition::Condition;
use super::key::ContextKey;
use super::principal::{Principal, Principals};
use super::resource::ResourcePattern;
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Where a policy stands, which decides what it has to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// With a principal, or to be attached to one: names actions and resources.
    Identity,
    /// A role's: names principals and actions; the resource is the role.
    Trust,
    /// A resource's: names principals, actions and resources.
    Resource,
}

/// A document that cannot be a policy, in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Syntax(pub String);

/// A document that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub(super) statements: Box<[Statement]>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) principals: Option<Principals>,
    pub(super) not_actions: bool,
    pub(super) actions: Box<[ActionPattern]>,
    pub(super) not_resources: bool,
    pub(super) resources: Box<[ResourcePattern]>,
    pub(super) conditions: Box<[Condition]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

impl Statement {
    fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        let in_resources = self.resources.iter().flat_map(ResourcePattern::variables);
        in_resources.chain(self.conditions.iter().flat_map(Condition::keys))
    }
}

impl Policy {
    /// Reads and checks a document.
    pub fn parse(text: &str, purpose: Purpose) -> Result<Self, Syntax> {
        read::policy(text, purpose)
    }

    /// The condition keys its statements ask for, as they are written, each once, in the order of the alphabet.
    pub(crate) fn context_keys(&self) -> Vec<&str> {
        let keys = self.statements.iter().flat_map(Statement::keys);
        let once: BTreeMap<&str, &str> = keys.map(|key| (key.folded(), key.as_written())).collect();
        once.into_values().collect()
    }

    /// Users, roles and sessions that its statements name.
    pub(crate) fn principal_arns(&self) -> impl Iterator<Item = &str> {
        let named = self.statements.iter().filter_map(|statement| statement.principals.as_ref());
        named.flat_map(|principals| &principals.0).filter_map(|principal| match principal {
            Principal::Arn(arn) => Some(arn.as_str()),
            _ => None,
        })
    }

    /// A policy that allows and denies nothing.
    pub fn nothing() -> &'static Self {
        static NOTHING: OnceLock<Policy> = OnceLock::new();
        NOTHING.get_or_init(|| Self { statements: Box::default() })
    }
}

/// A document as it was given, and what it says, read at its first use and kept. Only checked text is put in.
#[derive(Clone)]
pub struct Document {
    text: String,
    purpose: Purpose,
    policy: OnceLock<Arc<Policy>>,
}

impl Document {
    /// Checks `text` and keeps it as it is.
    pub fn new(text: String, purpose: Purpose) -> Result<Self, Syntax> {
        let policy = OnceLock::from(Arc::new(Policy::parse(&text, purpose)?));
        Ok(Self { text, purpose, policy })
    }

    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says. A text that an older version took and this one does not says nothing, so that it allows nothing.
    pub fn policy(&self) -> &Policy {
        self.policy.get_or_init(|| {
            let policy = Policy::parse(&self.text, self.purpose);
            Arc::new(policy.unwrap_or_else(|_| Policy::nothing().clone()))
        })
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.purpose == other.purpose
    }
}

/// On disk: the text, with a mark for trust policies.
impl<C> Encode<C> for Document {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.array(2)?.bool(self.purpose == Purpose::Trust)?.str(&self.text)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Document {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        decoder.array()?;
        let purpose = if decoder.bool()? { Purpose::Trust } else { Purpose::Identity };
        Ok(Self { text: decoder.str()?.to_owned(), purpose, policy: OnceLock::new() })
    }
}
