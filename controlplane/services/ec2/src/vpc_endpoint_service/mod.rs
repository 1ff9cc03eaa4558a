//! Services that a VPC could reach through an endpoint of its own.
//!
//! There are none: no VPC endpoint can be made here, so a list that named any would promise what nobody can use. Clients
//! that look a service up before they make an endpoint (Terraform's data source does) are told so by the right error.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html>

pub(crate) mod ops;

#[cfg(test)]
mod tests;
