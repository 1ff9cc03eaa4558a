//! The whole product as its users run it: server, agent and DNS as processes of their own, real containers in real
//! networks, asked with `hearth`, `dig` and `curl`.
//!
//! Every test gets a laboratory ([`lab::Lab`]) of its own: a network namespace that plays the machine, so that neither
//! the addresses nor the ports of a region that already runs here can be met, and folders and a prefix nobody else
//! has. One laboratory for all tests was rejected: bringing one up costs about a second, and a test that kills things
//! must not decide what the next one finds. They run one after the other, because several state deadlines that
//! users are promised, and a machine with two processors cannot keep five regions to them at once.
//!
//! Needs root, and fails without it. Nothing is waited for by time alone, always for a condition with a deadline.
#![allow(clippy::unwrap_used, reason = "a test that stops with the reason is what is wanted")]

mod bad_input;
mod commands;
mod container;
mod inside;
mod kills;
mod lab;
mod names;
mod packets;
mod power;
mod probe;
mod pulled;
mod reboot;
mod replacement;
mod snapshot;
mod two_tier;
