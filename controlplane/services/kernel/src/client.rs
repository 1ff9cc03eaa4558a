//! Who a client is that came in at the AWS door, beyond an ARN: what policies are chosen by and may ask about.

use controlplane_types::{AccountId, Timestamp};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A client. Callers without one are the region's own hand and administrators by certificate: no policy is asked about those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Whose credentials it has.
    pub principal: Principal,
    /// Where its request came from.
    pub origin: Origin,
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer of the connection at the server that took it in.
    pub address: Option<IpAddr>,
    /// Whether that connection was TLS.
    pub is_tls: bool,
    /// As the client calls itself.
    pub user_agent: Option<String>,
}

/// Whose credentials a request is signed with.
#[expect(
    clippy::large_enum_variant,
    reason = "one for each request under way, and most are users or sessions"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account itself.
    Root,
    /// A user, by name.
    User(String),
    /// Whoever holds temporary credentials.
    Session(Session),
    /// Nobody: the request carries no signature. Only actions that are [`crate::Operation::UNSIGNED`] meet one.
    Unsigned,
}

/// What temporary credentials say of who holds them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Session {
    /// Whose permissions it has.
    #[n(0)]
    pub of: SessionOf,
    /// When it began.
    #[n(1)]
    pub issued_at: Timestamp,
    /// When it ends.
    #[n(2)]
    pub expires_at: Timestamp,
    /// Policy document it may not go beyond, together with `policy_arns`.
    #[n(3)]
    pub policy: Option<String>,
    /// Managed policies it may not go beyond.
    #[n(4)]
    pub policy_arns: Vec<String>,
    /// Its tags.
    #[n(5)]
    pub tags: BTreeMap<String, String>,
    /// Keys of those tags that go on into sessions begun by this one.
    #[n(6)]
    pub transitive: BTreeSet<String>,
    /// Who is behind it, as whoever began the first session of the chain said.
    #[n(7)]
    pub source_identity: Option<String>,
    /// ARN of the identity provider that vouched for him.
    #[n(8)]
    pub provider: Option<String>,
}

/// Whose permissions a session has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum SessionOf {
    /// The account's.
    #[n(0)]
    Root,
    /// A user's own (`GetSessionToken`). The id, because another user may come to have the name.
    #[n(1)]
    User {
        /// As it was given.
        #[n(0)]
        name: String,
        /// `AIDA...`
        #[n(1)]
        user_id: String,
    },
    /// A role's (`AssumeRole`).
    #[n(2)]
    Role {
        /// As it was given.
        #[n(0)]
        name: String,
        /// `AROA...`
        #[n(1)]
        role_id: String,
        /// What the session is called.
        #[n(2)]
        session: String,
    },
    /// Somebody whom a user vouches for (`GetFederationToken`): at most that user's.
    #[n(3)]
    Federated {
        /// The user's name as it was given.
        #[n(0)]
        user: String,
        /// `AIDA...`
        #[n(1)]
        user_id: String,
        /// What he is called.
        #[n(2)]
        name: String,
    },
}

impl Session {
    /// ARN of who holds it; that of a user, whose path only the record knows, is `of_user`'s.
    pub fn arn(&self, account: &AccountId, of_user: impl FnOnce(&str) -> String) -> String {
        match &self.of {
            SessionOf::Root => format!("arn:aws:iam::{account}:root"),
            SessionOf::User { name, .. } => of_user(name),
            SessionOf::Role { name, session, .. } => {
                format!("arn:aws:sts::{account}:assumed-role/{name}/{session}")
            }
            SessionOf::Federated { name, .. } => format!("arn:aws:sts::{account}:federated-user/{name}"),
        }
    }
}
