//! Groups through the wire, in a region run by hand.

mod failing;
mod maintenance;
mod manifests;
mod replacing;
mod requests;
mod scaling;
