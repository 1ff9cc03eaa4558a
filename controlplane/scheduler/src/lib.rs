//! Pure placement: which node takes which instance, and why a node refuses one.
//!
//! The scheduler knows no service and no record. Whoever calls it says in plain structs what the nodes have
//! ([`Node`]), who stands where already ([`Standing`]) and what is asked for ([`Request`]); [`plan`] answers for a whole
//! batch at once, so that a thousand instances started together spread as well as a thousand started one by one.
//!
//! A node is chosen in two steps. *Filters* ([`refusals`]) say whether a node can take a request at all. *Scores* rank
//! those that can: members of one group go to different racks, then to different nodes, then to where most is free. How
//! many members a zone gets is not decided here: that is the group's business, which asks for a zone.
//!
//! Rejected: sorting a batch by size. It packs better, but then a request's place in the queue depends on its
//! neighbours, and an old request may wait for ever behind new bigger ones. Requests are served in the order given; one
//! that fits nowhere does not hold up the rest.
//!
//! What readers get wrong: processors are counted twice. An instance needs a node with as many processors as it has
//! (*width*), but it reserves only its share of them: burstable instance types promise a fraction of each. So
//! several two-processor instances fit on a node with two processors.

mod filter;
mod plan;
mod score;
mod taint;
mod types;

#[cfg(test)]
mod tests;

pub use filter::{Explanation, Refusal, explain, refusals};
pub use plan::plan;
pub use taint::{Effect, Taint, TaintError, Toleration, check_key, check_value, untolerated};
pub use types::{Free, Node, Request, Standing};
