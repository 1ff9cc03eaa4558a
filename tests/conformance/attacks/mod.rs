//! Attacks on the AWS door, byte by byte over its real port: requests that two readers may read differently, signatures that
//! are almost right, floods, and heads and bodies that never end.
//!
//! What needs no socket is proven nearer to the code: `controlplane/wire/src/sigv4/attacks.rs` has every way past a signature
//! that we know of, `controlplane/server/src/tests/authorization.rs` asks all of them, and all strangers, of every route there is.
//! Here is what the reader of bytes could get wrong before any of that.

mod browsers;
mod door;
mod floods;
mod signatures;
mod smuggling;
