//! What EC2 says about the account itself.

pub(crate) mod ops;

#[cfg(test)]
mod tests;
