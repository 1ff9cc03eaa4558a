use crate::errors;
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Record, ServiceError};
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use minicbor::{Decode, Encode};

/// A DNS server. Id: its name; owner: the system account.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct DnsServer {
    /// Where its peers send their health tables; empty when it takes none.
    #[n(0)]
    pub health_address: String,
    /// When it first subscribed.
    #[n(1)]
    pub registered_at: Timestamp,
    /// Which of Route 53's checker regions it stands for; empty: each of them.
    #[cbor(n(2), default)]
    pub checker_region: String,
    /// Whether it writes query logs.
    #[cbor(n(3), default)]
    pub logs_queries: bool,
}

impl Record for DnsServer {
    const KIND: &'static str = "dns_server";
}

impl DnsServer {
    /// Where the record of a region's DNS server lives.
    pub fn key(region: &RegionName, name: &str) -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::from(region), Self::KIND, name)
    }
}

/// Forgets a DNS server that will not come back; one that is there registers itself again.
pub fn delete(name: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
    let key = DnsServer::key(&cx.caller.region, name);
    cx.view.get::<DnsServer>(&key).ok_or_else(|| errors::no_dns_server(name))?;
    cx.delete_at(key);
    Ok(Deletion::Done)
}
