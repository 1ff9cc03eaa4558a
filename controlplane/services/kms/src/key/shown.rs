use super::{KeyState, KmsKey, arn_of};
use controlplane_services_kernel::Reader;
use controlplane_types::Timestamp;
use serde::Serialize;

/// The one kind of key there is.
pub(crate) const SPEC: &str = "ECC_NIST_P256";
/// What it is for.
pub(crate) const USAGE: &str = "SIGN_VERIFY";
/// What it signs with.
pub(crate) const ALGORITHM: &str = "ECDSA_SHA_256";

/// A key as AWS shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    account: String,
    key_id: String,
    arn: String,
    creation_date: Timestamp,
    enabled: bool,
    description: String,
    key_usage: &'static str,
    key_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<Timestamp>,
    origin: &'static str,
    key_manager: &'static str,
    customer_master_key_spec: &'static str,
    key_spec: &'static str,
    signing_algorithms: [&'static str; 1],
    multi_region: bool,
}

impl KeyMetadata {
    /// Of the caller's key.
    pub(super) fn of(id: &str, key: &KmsKey, cx: &Reader) -> Self {
        Self {
            account: cx.caller.account.to_string(),
            key_id: id.to_owned(),
            arn: arn_of(id, &cx.caller),
            creation_date: key.created_at,
            enabled: key.state == KeyState::Enabled,
            description: key.description.clone(),
            key_usage: USAGE,
            key_state: key.state.as_str(),
            deletion_date: match key.state {
                KeyState::PendingDeletion(at) => Some(at),
                _ => None,
            },
            origin: "AWS_KMS",
            key_manager: "CUSTOMER",
            customer_master_key_spec: SPEC,
            key_spec: SPEC,
            signing_algorithms: [ALGORITHM],
            multi_region: false,
        }
    }
}
