//! The policy language: documents, and what they say about a request.
//!
//! A pure function of text and facts: it knows no records and no wire. [`Policy::parse`] checks a document once, when it is
//! stored; [`decide`] asks any number of them about one [`Request`]. A policy is kept parsed beside its text
//! ([`Document`]), so a request never parses one.
//!
//! What readers get wrong:
//! * A negated operator (`StringNotEquals`) is true when the key is absent, a plain one is not.
//! * What a policy variable stands for is text: a `*` in it matches nothing but a `*`.
//! * `NotAction` and `NotResource` widen a statement; in an `Allow` they grant everything but what they name.
//! * A wildcard in a resource stays within its segment of the ARN, except in the last one, which takes the colons of the rest.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod action;
mod condition;
mod decide;
mod document;
mod key;
mod pattern;
mod principal;
mod resource;

#[cfg(test)]
mod tests;

pub use decide::{
    Attached, Because, Decision, Facts, Identity, Policies, PolicyKind, Request, Verdict, decide,
};
pub(crate) use document::positions;
pub use document::{Document, Policy, Purpose, Syntax};
