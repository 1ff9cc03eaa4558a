//! Whom a statement of a trust or resource policy is about.

use super::decide::Identity;
use std::collections::BTreeSet;

/// Whom a policy names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Principal {
    /// Everybody: `*`.
    Everybody,
    /// Everybody of an account, as far as that account lets them: an account id or `arn:aws:iam::ID:root`.
    Account(String),
    /// A user, role or session, by ARN.
    Arn(String),
    /// A service, such as `ec2.amazonaws.com`.
    Service(String),
    /// An identity provider: its ARN, or the name of a public one.
    Federated(String),
}

/// How directly a policy names who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// Its account: the account's own policies decide further.
    ByAccount,
    /// The role it is a session of: no policy of the role has to allow it, but what bounds the session still does.
    ByRole,
    /// Itself.
    Directly,
}

/// The `Principal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Principals(pub(super) BTreeSet<Principal>);

impl Principal {
    /// What `text` names under `kind` (`AWS`, `Service`, `Federated`).
    pub(super) fn parse(kind: &str, text: &str) -> Option<Self> {
        match kind {
            "AWS" if text == "*" => Some(Self::Everybody),
            "AWS" if is_account(text) => Some(Self::Account(text.to_owned())),
            "AWS" => {
                let rest =
                    text.strip_prefix("arn:aws:iam::").or_else(|| text.strip_prefix("arn:aws:sts::"))?;
                let (account, path) = rest.split_once(':')?;
                let whole = is_account(account) && !path.is_empty() && !path.contains(['*', '?']);
                match path {
                    _ if !whole => None,
                    "root" => Some(Self::Account(account.to_owned())),
                    _ => Some(Self::Arn(text.to_owned())),
                }
            }
            "Service" if !text.is_empty() => Some(Self::Service(text.to_owned())),
            "Federated" if !text.is_empty() => Some(Self::Federated(text.to_owned())),
            _ => None,
        }
    }

    fn names(&self, identity: &Identity<'_>) -> Option<Named> {
        let directly = |is: bool| is.then_some(Named::Directly);
        match self {
            Self::Everybody => Some(Named::Directly),
            Self::Account(account) => match identity.account == account {
                true if identity.is_root() => Some(Named::Directly),
                true => Some(Named::ByAccount),
                false => None,
            },
            Self::Arn(arn) if identity.role_arn == Some(arn.as_str()) => Some(Named::ByRole),
            Self::Arn(arn) => directly(identity.arn == arn),
            Self::Service(service) => directly(identity.service == Some(service.as_str())),
            Self::Federated(provider) => directly(identity.federated == Some(provider.as_str())),
        }
    }
}

impl Principals {
    /// How the statement names who asks, if it is about him.
    pub(super) fn names(&self, identity: &Identity<'_>) -> Option<Named> {
        self.0.iter().filter_map(|principal| principal.names(identity)).max()
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
