use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::record::time_index;
use controlplane_services_kernel::{Record, View};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Every name inside a certificate ends with this.
pub const DOMAIN: &str = "hearth.internal";
/// Index: when the certificate ends.
pub const EXPIRES: &str = "certificate-expires";
/// Index: `role/name`.
const HOLDER: &str = "certificate-holder";

/// What the holder of a certificate is, and so which doors open for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A control-plane server. Its name is its number.
    #[n(0)]
    Server,
    /// A node agent. Its name is the node's.
    #[n(1)]
    Agent,
    /// A DNS server.
    #[n(2)]
    Dns,
    /// An administrator's command line.
    #[n(3)]
    Client,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Server, Role::Agent, Role::Dns, Role::Client];

    /// The word in names, files and flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Server => "server",
            Role::Agent => "agent",
            Role::Dns => "dns",
            Role::Client => "client",
        }
    }

    /// The role this word means.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The name every certificate of this role carries: `agent.hearth.internal`.
    pub fn dns_name(self) -> String {
        format!("{}.{DOMAIN}", self.as_str())
    }

    /// The name only this holder's certificates carry: `rack1.agent.hearth.internal`.
    pub fn dns_name_of(self, name: &str) -> String {
        format!("{name}.{}", self.dns_name())
    }
}

/// A certificate. Id: its serial number, hexadecimal; owner: the system account.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Certificate {
    /// What its holder is.
    #[n(0)]
    pub role: Role,
    /// Who its holder is.
    #[n(1)]
    pub name: String,
    /// When it begins.
    #[n(2)]
    pub not_before: Timestamp,
    /// When it ends.
    #[n(3)]
    pub not_after: Timestamp,
    /// When it was taken back, if it was.
    #[n(4)]
    pub revoked_at: Option<Timestamp>,
}

impl Record for Certificate {
    const KIND: &'static str = "certificate";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(EXPIRES, &time_index(self.not_after));
        add(HOLDER, &self.holder());
    }
}

impl Certificate {
    /// Where the record of a certificate lives.
    pub fn key(region: &RegionName, serial: &str) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::from(region), Self::KIND, serial)
    }

    /// Whether the certificate with this serial number was taken back.
    pub fn is_revoked(view: &View, region: &RegionName, serial: &str) -> bool {
        view.get::<Self>(&Self::key(region, serial)).is_some_and(|found| found.revoked_at.is_some())
    }

    /// Serial numbers of everything `role/name` holds, revoked ones included.
    pub fn held_by<'v>(
        view: &'v View,
        region: &RegionName,
        holder: &str,
    ) -> impl Iterator<Item = &'v str> + use<'v> {
        let scope = Scope::from(region);
        let held = view.find::<Self>(HOLDER, holder).filter(move |found| found.key.scope() == scope);
        held.map(|found| found.key.id())
    }

    /// `role/name`.
    pub fn holder(&self) -> String {
        format!("{}/{}", self.role.as_str(), self.name)
    }

    /// `Revoked`, `Expired` or `Valid`.
    pub fn state(&self, now: Timestamp) -> &'static str {
        match self.revoked_at {
            Some(_) => "Revoked",
            None if self.not_after <= now => "Expired",
            None => "Valid",
        }
    }
}
