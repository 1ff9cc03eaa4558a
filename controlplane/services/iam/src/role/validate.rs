use crate::documents;
use crate::entity::Entity;
use crate::errors;
use crate::policy::Document;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::AccountId;

/// How long a session may be asked for when nobody says.
pub(super) const DEFAULT_SESSION_SECS: u32 = 3_600;

/// A trust policy. Users and roles it names have to be there.
pub(super) fn trust(text: &str, reader: &Reader) -> Result<Document, ServiceError> {
    let document = documents::trust(text)?;
    if let Some(arn) = document.policy().principal_arns().find(|arn| !is_there(arn, reader)) {
        return Err(errors::invalid_principal(arn));
    }
    Ok(document)
}

/// Sessions are not looked for: they come and go.
fn is_there(arn: &str, reader: &Reader) -> bool {
    let Some((account, resource)) = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':'))
    else {
        return true;
    };
    let (view, account) = (&reader.view, AccountId::from(account));
    match resource.split('/').next() {
        Some("user") => User::of_arn(view, &account, arn).is_some(),
        Some("role") => Role::of_arn(view, &account, arn).is_some(),
        _ => true,
    }
}
