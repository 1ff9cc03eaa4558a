//! Requests that nobody signed, for the actions that say they are served to those (`Operation::UNSIGNED`).
//!
//! Such a request has no trace of a signature: one that has is held to it, whatever it asks for, so a signature that is wrong
//! is never simply left out of account. Who sent it is nobody ([`Principal::Unsigned`]), for whom no policy speaks: he gets
//! through to what asks no permission, and the action itself finds out whom it may believe.

use super::Gateway;
use super::credentials::origin;
use controlplane_services_kernel::client::Principal;
use controlplane_services_kernel::operation::BoundOperation;
use controlplane_services_kernel::{Caller, Client};
use controlplane_wire::{self as wire, sigv4};
use http::header::AUTHORIZATION;
use http::request::Parts;
use std::sync::Arc;

/// Nobody's account: no record is in it.
const NOBODY: &str = "anonymous";

impl Gateway {
    /// Nobody, if the request has no signature and asks for what needs none.
    pub(super) fn unsigned(&self, parts: &Parts, body: &[u8], request_id: &str) -> Option<Caller> {
        let query = parts.uri.query().unwrap_or_default();
        let is_signed = parts.headers.contains_key(AUTHORIZATION)
            || sigv4::credential_scope(parts).is_some()
            || query.to_ascii_lowercase().contains("x-amz-");
        if is_signed {
            return None;
        }
        let call = wire::identify(parts, body).ok()?;
        let (_, entry) = self.entry(&call).ok().filter(|(_, entry)| entry.unsigned)?;
        tracing::debug!(%request_id, action = entry.name, "nobody signed it");
        Some(Caller {
            account: NOBODY.into(),
            region: self.settings.region.clone(),
            principal: String::new(),
            access_key_id: String::new(),
            request_id: request_id.to_owned(),
            client: Some(Arc::new(Client { principal: Principal::Unsigned, origin: origin(parts) })),
        })
    }
}

/// Whether nobody asks.
pub(super) fn is_nobody(caller: &Caller) -> bool {
    caller.client.as_deref().is_some_and(|client| client.principal == Principal::Unsigned)
}

/// Nobody, in the account his request is about: there the call is recorded and takes its turn.
pub(super) fn on_behalf_of(caller: Caller, operation: &dyn BoundOperation) -> Caller {
    match operation.account().filter(|_| is_nobody(&caller)) {
        Some(account) => Caller { account, ..caller },
        None => caller,
    }
}
