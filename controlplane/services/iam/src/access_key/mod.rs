//! Access keys of users. The records are [`controlplane_services_native::AccessKey`]: a request names its key before anybody
//! knows the account. The root's key is shown here and not changed: the server is started with it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>

pub mod ops;
mod validate;

#[cfg(test)]
mod tests;
