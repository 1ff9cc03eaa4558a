//! Every action STS serves, one line each.

use crate::authorization_message::decode_authorization_message;
use crate::caller_identity::get_caller_identity;
use crate::credentials::{
    assume_role, assume_role_with_web_identity, get_access_key_info, get_federation_token, get_session_token,
};
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::write::<assume_role::AssumeRole>(),
    OperationEntry::write::<assume_role_with_web_identity::AssumeRoleWithWebIdentity>(),
    OperationEntry::read::<decode_authorization_message::DecodeAuthorizationMessage>(),
    OperationEntry::read::<get_access_key_info::GetAccessKeyInfo>(),
    OperationEntry::read::<get_caller_identity::GetCallerIdentity>(),
    OperationEntry::write::<get_federation_token::GetFederationToken>(),
    OperationEntry::write::<get_session_token::GetSessionToken>(),
];
