//! What must not be remembered of a request or an answer: whoever may look up events is not whoever may have the keys.
//!
//! Members are told by their names, because that is all serde shows; a test holds this list against what the models call
//! sensitive.

/// What stands in the place of a secret, in AWS's words.
pub(super) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Whole names.
const NAMES: [&str; 13] = [
    "AuthToken",
    "AuthenticationCode1",
    "AuthenticationCode2",
    "Base64StringSeed",
    "ContactInformation",
    "KeyMaterial",
    "PrivateKey",
    "SAMLAssertion",
    "SessionToken",
    "TokenCode",
    "UserData",
    "VirtualMFADevice",
    "WebIdentityToken",
];
/// Parts of names.
const PARTS: [&str; 4] = ["Password", "password", "Secret", "Plaintext"];

/// Members of an input whose name says nothing: user data is given here too, as the value of an attribute; who somebody
/// is whom an account names; and what is signed.
const OF_ACTIONS: [(&str, &str); 8] = [
    ("ModifyInstanceAttribute", "Value"),
    ("PutAccountName", "AccountName"),
    ("PutAlternateContact", "EmailAddress"),
    ("PutAlternateContact", "Name"),
    ("PutAlternateContact", "PhoneNumber"),
    ("PutAlternateContact", "Title"),
    ("Sign", "Message"),
    ("Verify", "Message"),
];

/// Whether the value of a member with this name is secret; `is_outermost`: a member of the input or the answer itself.
pub(super) fn is_secret(action: &str, name: &str, is_outermost: bool) -> bool {
    (is_outermost && OF_ACTIONS.contains(&(action, name)))
        || NAMES.contains(&name)
        || PARTS.iter().any(|part| name.contains(part))
}
