//! Hooks for measuring from outside (`--enable-bench`): durable puts, linearizable reads and watches of plain values, over
//! HTTP/1.1 and h2c on the AWS port.
//!
//! ```text
//! POST /_hearth/bench/put?key=K     body = value; 200 once it is durable on a quorum and applied here
//! GET  /_hearth/bench/get?key=K     200 and the value, linearizable on whichever server is asked; 404 when absent
//! GET  /_hearth/bench/watch?key=K   200 at once, then every value committed from then on, in order, each once
//! ```
//!
//! Nothing here is a shorter way. A value is a record of a kind of its own: it goes through the writer, the log, `state/`
//! and the view like an instance does, a member that does not lead forwards a put as it forwards any write, and a get asks
//! for a read index. What is left out is only what belongs to AWS: signatures and models. That is why the hooks are for
//! loopback addresses only.
//!
//! **Form of a watch.** Every value is followed by one line feed and is sent as one chunk (HTTP/1.1) or DATA frame (HTTP/2) as
//! long as the client keeps up; a client that reads lines gets values as long as these hold no line feed. There is no
//! last value: a stream that ends or breaks means that the server stopped or the client fell too far behind, and what was
//! missed has to be read again. Values that several puts gave one key within one batch all arrive, in order: the log
//! holds each of them ([`crate::writer`]), though no reader could have seen the earlier ones.
//!
//! Keys are 1 to 512 bytes, percent-encoded where a query string asks for it; values hold up to 1 MiB.

mod door;
mod value;
mod watches;

pub(crate) use value::SERVICE;
pub(crate) use watches::{Watched, Watches};
