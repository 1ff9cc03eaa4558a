//! An access key of an account's root: what a request at the AWS door is signed with.
//!
//! There is one per account, made at the first start. IAM's users and roles will bring keys of their own.

mod types;

pub use types::AccessKey;
