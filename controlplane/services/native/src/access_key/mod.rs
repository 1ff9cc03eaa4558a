//! Access keys: what requests at the AWS door are signed with.
//!
//! An account's root has one, made at the first start and replaced when a start names another. Users have up to two, which
//! IAM makes, turns off and deletes for them. The records are here and not with the users, because a request names its key
//! before anybody knows the account. Temporary credentials have
//! none: what they are is in their token.

mod types;

pub use types::AccessKey;
