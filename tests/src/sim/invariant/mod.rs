//! What must hold whatever happens, one file per rule.
//!
//! Each rule is fed with what was seen and keeps what broke it as sentences. Rules judge; they never look for themselves
//! and never wait, so each can be fed a history that breaks it, and `tests/sim/rules.rs` does: a rule that cannot fail is
//! worth nothing.
//!
//! | file | rule |
//! |---|---|
//! | [`linearizable`] | every register behaves as if one client at a time used it, in an order that respects real time |
//! | [`acknowledged`] | what was acknowledged is there, once |
//! | [`one_leader`] | a term has one leader |
//! | [`revision`] | no reader sees an older revision than one that answered before; `now` follows the revision |
//! | [`watch`] | whoever follows changes gets each once, in order, and none that never was |
//! | [`generation`] | no agent goes back to an older desired set |
//! | [`addresses`] | no address is given to two interfaces |
//! | [`placement`] | no instance is on two nodes |
//! | [`convergence`] | after healing, what is desired, recorded and real become the same |

pub mod acknowledged;
pub mod addresses;
pub mod convergence;
pub mod generation;
pub mod linearizable;
pub mod one_leader;
pub mod placement;
pub mod revision;
pub mod watch;
