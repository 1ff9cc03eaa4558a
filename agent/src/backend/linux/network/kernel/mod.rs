//! Talking to the kernel: netlink requests for links, addresses, routes, connections and names of tables, and settings
//! below `/proc/sys/net`.
//!
//! The requests are synchronous on a socket opened inside the namespace they concern (a socket stays in the
//! namespace it was opened in). rtnetlink's message types and builders are used, its connection is not: that is
//! tied to an async runtime, while this work runs on one thread that moves from namespace to namespace.

pub(super) mod addresses;
pub(super) mod conntrack;
pub(super) mod links;
pub(super) mod neighbors;
pub(super) mod netfilter;
pub(super) mod netlink;
pub(super) mod routes;
pub(super) mod rules;
pub(super) mod settings;
pub(super) mod tables;
