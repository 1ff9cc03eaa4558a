//! Requests made from the models, and what may be answered to them.
//!
//! Nobody writes a test for each member of each action; the model knows them all. Three sources share one judge
//! ([`judge`]): a **table** ([`table`]) that moves one member of the least request at a time to its bounds, through its
//! values and beyond; **odd requests** ([`odd`]) that no client would write, since it knows the types; and a **walk** ([`walk`])
//! that strings random requests together and puts ids of earlier answers into later ones, so that it gets where a
//! single request does not. All of it goes through the door's own entry, on the simulator: no socket, the same requests
//! each time.
//!
//! [`mutation`] damages requests instead of making them, and only asks that somebody is told so.
//!
//! [`foreign`] has another account ask about what the first one has, [`enumeration`] compares what it is told with what it is told
//! of nothing, and [`pages`] hands it the first one's tokens.
//!
//! What readers get wrong: these tests do not say that an answer is *right*. They say that it is an answer AWS could give:
//! success in the model's form, or an error whose code is the model's or stands in `codes.txt`; never a 500, never a panic.

mod codes;
mod conformance;
mod enumeration;
mod foreign;
mod judge;
mod least;
mod memory;
mod mutation;
mod odd;
mod pages;
mod table;
mod values;
mod walk;

pub(super) use least::{actions, least};
