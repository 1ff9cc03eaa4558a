//! The other end of the wire: requests from Input types, Output types from responses.
//!
//! Our own command line proves with it that a signed call works, and the property tests prove with it that what is
//! encoded is decoded again, for every shape of every model.

mod complete;
mod form;
mod request;
mod response;
mod tokens;

pub use complete::complete_request;
pub use request::request;
pub use response::{RemoteError, response};
pub use tokens::TOKENS;
