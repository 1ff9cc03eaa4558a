//! Whose credentials a request is signed with: an account's own, a user's, or temporary ones.

use super::{Gateway, Refusal};
use crate::gateway::session;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::last_use::Credential;
use controlplane_services_iam::user::User;
use controlplane_services_kernel::client::{Origin, Principal, Session, SessionOf};
use controlplane_services_kernel::{Caller, Client, View};
use controlplane_services_native::{AccessKey, Region};
use controlplane_services_sts::session_token;
use controlplane_types::{AccountId, RegionName, Timestamp};
use controlplane_wire::model::Service as WireService;
use controlplane_wire::sigv4::{self, SignatureError};
use http::header::USER_AGENT;
use http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;

const SECURITY_TOKEN: &str = "x-amz-security-token";
/// Longer ones are cut: they only serve conditions.
const USER_AGENT_MAX: usize = 1024;

/// Where a request came from; the listener puts it with the request, and who passes it on to the leader sends it along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) is_tls: bool,
}

/// Credentials that are good.
struct Credentials {
    access_key_id: String,
    secret: String,
    account: AccountId,
    principal: Principal,
}

impl Gateway {
    /// Who asks. The only place where a request becomes a caller.
    pub(super) async fn authenticate(
        &self,
        service: &'static WireService,
        parts: &Parts,
        body: &[u8],
        request_id: &str,
    ) -> Result<Caller, Refusal> {
        let mut view = self.house.replica.applied().view;
        let mut recognised = self.recognise(parts, body, &view);
        if let Err(SignatureError::UnknownKey(_) | SignatureError::Mismatch | SignatureError::Scope(_)) =
            recognised
        {
            // Perhaps only here: a key, and a region, may be used at any server as soon as one of them has taken it up.
            view = self.house.reads.applied().await.map_err(|error| session::refused(error.into()))?.view;
            recognised = self.recognise(parts, body, &view);
        }
        let found = recognised.map_err(|error| Refusal::Reply(error.reply(Some(service))))?;
        let region = self.region_of(service, parts, &view);
        self.note_use(&found, &region, service);
        Ok(Caller {
            principal: arn(&found, &view),
            account: found.account,
            region,
            access_key_id: found.access_key_id,
            request_id: request_id.to_owned(),
            client: Some(Arc::new(Client { principal: found.principal, origin: origin(parts) })),
        })
    }

    /// Remembers that somebody's key or role was used, whatever becomes of the request.
    fn note_use(&self, found: &Credentials, region: &RegionName, service: &WireService) {
        let (region, service) = (region.as_str(), service.signing_name());
        match &found.principal {
            Principal::Root | Principal::User(_) => {
                let id = &found.access_key_id;
                self.uses.note((id, region, service), || Credential::AccessKey(id.clone()));
            }
            Principal::Session(Session { of: SessionOf::Role { name, role_id, .. }, .. }) => {
                self.uses.note((role_id, region, service), || Credential::Role {
                    account: found.account.clone(),
                    name: name.clone(),
                    role_id: role_id.clone(),
                });
            }
            Principal::Session(_) | Principal::Unsigned => {}
        }
    }

    /// The credentials a request is signed with.
    fn recognise(&self, parts: &Parts, body: &[u8], view: &View) -> Result<Credentials, SignatureError> {
        if self.settings.any_credentials {
            return self.believe(parts, view);
        }
        let now = self.house.runtime.now();
        let found = sigv4::credential_scope(parts).map(|scope| find(parts, scope.access_key_id, now, view));
        let secret = |id: &str| match &found {
            Some(Ok(found)) if found.access_key_id == id => Some(found.secret.clone()),
            _ => None,
        };
        let serves = |region: &str| Region::named(view, region).is_some();
        let verified = sigv4::verify(parts, body, &sigv4::Expected { now, serves: &serves, secret: &secret });
        match (verified, found) {
            (Ok(_), Some(found)) => found,
            // The signature was in order as far as it could be checked: say what is wrong with the credentials.
            (Err(SignatureError::UnknownKey(_)), Some(Err(error))) => Err(error),
            (Err(error), _) => Err(error),
            (Ok(verified), None) => Err(SignatureError::UnknownKey(verified.access_key_id)),
        }
    }

    /// The region a request acts in: the one it is signed for, but for services that have no regions. What these do
    /// belongs to AWS's first region, as their endpoint does, or to the home region where the cluster does not serve that.
    pub(super) fn region_of(&self, service: &WireService, parts: &Parts, view: &View) -> RegionName {
        let signed = sigv4::credential_scope(parts).map(|scope| scope.region);
        let wanted = match service.has_regions() {
            true => signed,
            false => Some(sigv4::GLOBAL_REGION.to_owned()),
        };
        let served = wanted.filter(|region| Region::named(view, region).is_some());
        served.map_or_else(|| self.settings.region.clone(), |region| region.as_str().into())
    }

    /// With `--any-credentials`: whoever the request says it is, and the account's root if nobody knows the key. One that is
    /// known and no good is refused here as well, since it would else become the root's.
    fn believe(&self, parts: &Parts, view: &View) -> Result<Credentials, SignatureError> {
        let scope = sigv4::credential_scope(parts).ok_or(SignatureError::Missing)?;
        sigv4::check_region(&scope, &|region| Region::named(view, region).is_some())?;
        match find(parts, scope.access_key_id, self.house.runtime.now(), view) {
            Err(SignatureError::UnknownKey(access_key_id))
                if AccessKey::find(view, &access_key_id).is_none() =>
            {
                Ok(Credentials {
                    access_key_id,
                    secret: String::new(),
                    account: self.settings.account.clone(),
                    principal: Principal::Root,
                })
            }
            found => found,
        }
    }
}

/// The credentials with this access key id.
fn find(
    parts: &Parts,
    access_key_id: String,
    now: Timestamp,
    view: &View,
) -> Result<Credentials, SignatureError> {
    let unknown = |id: String| SignatureError::UnknownKey(id);
    let mut tokens = parts.headers.get_all(SECURITY_TOKEN).iter();
    match (tokens.next(), tokens.next(), session_token::is_temporary(&access_key_id)) {
        (Some(token), None, true) => {
            let token = token.to_str().unwrap_or_default();
            match session_token::open(token, &access_key_id, view) {
                Ok(opened) if now >= opened.session.expires_at => Err(SignatureError::ExpiredToken),
                Ok(opened) => Ok(Credentials {
                    access_key_id,
                    secret: opened.secret,
                    account: opened.account,
                    principal: Principal::Session(opened.session),
                }),
                Err(_) => Err(unknown(access_key_id)),
            }
        }
        (None, _, false) => permanent(&access_key_id, view).ok_or_else(|| unknown(access_key_id)),
        // A token belongs to temporary credentials, and those to one token.
        _ => Err(unknown(access_key_id)),
    }
}

/// An account's key or a user's, unless it is switched off or the user is gone.
fn permanent(access_key_id: &str, view: &View) -> Option<Credentials> {
    let key = AccessKey::find(view, access_key_id).filter(|key| !key.inactive)?;
    let principal = match &key.user {
        None => Principal::Root,
        Some(name) => {
            User::find(view, &key.account, name)?;
            Principal::User(name.clone())
        }
    };
    let (secret, account) = (key.secret.clone(), key.account.clone());
    Some(Credentials { access_key_id: access_key_id.to_owned(), secret, account, principal })
}

fn arn(found: &Credentials, view: &View) -> String {
    let account = &found.account;
    let of_user = |name: &str| {
        User::find(view, account, name)
            .map_or_else(|| format!("arn:aws:iam::{account}:user/{name}"), |user| user.record.arn(account))
    };
    match &found.principal {
        Principal::Root => format!("arn:aws:iam::{account}:root"),
        Principal::Unsigned => String::new(),
        Principal::User(name) => of_user(name),
        Principal::Session(session) => session.arn(account, of_user),
    }
}

pub(super) fn origin(parts: &Parts) -> Origin {
    let peer = parts.extensions.get::<Peer>();
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin {
        address: peer.map(|peer| peer.address),
        is_tls: peer.is_some_and(|peer| peer.is_tls),
        user_agent: agent.map(|agent| agent.chars().take(USER_AGENT_MAX).collect()),
    }
}
