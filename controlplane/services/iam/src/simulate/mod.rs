//! What would policies say? The policy simulator.
//!
//! It asks the same question the same way as a request does ([`crate::policy::decide()`]), of policies that stand, that are given
//! with the request, or both. Nothing is run and nothing is known but what the request tells: a condition key that no context
//! entry gives is listed as missing, and is absent for the policies.
//!
//! What readers get wrong: a simulated principal has only its own and its groups' policies. Its requests would also bring their
//! time, address and resource with them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html>

mod context;
mod ops;
mod question;
mod shown;
mod source;

#[cfg(test)]
mod tests;

pub use ops::get_context_keys_for_custom_policy::GetContextKeysForCustomPolicy;
pub use ops::get_context_keys_for_principal_policy::GetContextKeysForPrincipalPolicy;
pub use ops::simulate_policy::{SimulateCustomPolicy, SimulatePrincipalPolicy};
pub use question::{Answer, may};
