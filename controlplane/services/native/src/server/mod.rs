//! A server of the control plane, as its peers know it: number, addresses, since when.
//!
//! The number is what Raft calls it and what its certificates carry. Numbers are never given twice: Raft remembers what a
//! number has voted, so a machine that came back empty under an old one could break a promise. [`Numbering`] keeps the last
//! one given, and removing a server does not give its number back.
//!
//! A record is made when a token is redeemed, says [`entered`](Server::entered) once the server runs and the log has it for a
//! member, and is deleted when the server is removed. Who has a number but no record is shut out
//! ([`Server::is_removed`]), whatever certificate it shows: it had the authority's key and could have signed one.
//!
//! What people get wrong: a record here does not make a machine a member. It says who may become one; membership is the log's
//! own business.

mod columns;
mod numbering;
mod ops;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use numbering::admit;
pub use ops::declare_server::{DeclareServer, DeclareServerInput};
pub use ops::enter_server::{EnterServer, EnterServerInput};
pub use ops::note_clocks::{NoteClocks, NoteClocksInput, described as described_clock};
pub use ops::note_votes::{NoteVotes, NoteVotesInput};
pub use ops::release_vote::{ReleaseVote, ReleaseVoteInput};
pub use ops::remove_server::{RemoveServer, RemoveServerInput};
pub use types::{Entered, Membership, Numbering, Server};
