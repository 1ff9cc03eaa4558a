//! The rules of the house that no compiler checks, as tests.
//!
//! A rule is a pure function from sources to complaints, so each rule has two tests: the tree gives no complaint, and a
//! made-up source that breaks the rule does. Rules look at lines and not at syntax: good enough to catch a slip, and
//! readable by whoever is caught. An exception is listed beside its rule with its reason.

#![allow(clippy::unwrap_used, reason = "all of this program is tests")]

mod attacks;
mod examples;
mod folders;
mod form;
mod fresh;
mod lab;
mod manifests;
mod metrics;
mod notes;
mod purity;
mod readme;
mod registry;
mod route53_rules;
mod sources;
