//! The account as a whole: how much of everything it has and may have.

pub mod ops;

#[cfg(test)]
mod tests;
