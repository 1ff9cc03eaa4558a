//! The caller as AWS names it.

mod ops;

#[cfg(test)]
mod tests;

pub(crate) use ops::get_caller_identity;
