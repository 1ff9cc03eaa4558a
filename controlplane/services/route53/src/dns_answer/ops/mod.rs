//! The actions.

pub mod test_dns_answer;
