//! An access key of an account's root or of one of its users: what a request at the AWS door is signed with.
//!
//! An account's root has one, made at the first start. Temporary credentials have none: what they are is in their token.

mod types;

pub use types::AccessKey;
