use crate::errors::{self, Noun};
use crate::network_interface::{Association, NetworkInterface};
use crate::resource::Resource;
use controlplane_services_kernel::{Reader, Record, Stored};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use std::net::Ipv4Addr;

/// Index: the public address, over all accounts.
const BY_PUBLIC_IP: &str = "public_ip";

/// An elastic IP address. Id: `eipalloc-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Address {
    /// Out of the region's pool.
    #[cbor(n(0), with = "controlplane_types::cbor::text")]
    pub public_ip: Ipv4Addr,
    /// When.
    #[n(1)]
    pub allocated_at: Timestamp,
    /// The interface that has its association.
    #[n(2)]
    pub network_interface_id: Option<String>,
}

impl Record for Address {
    const KIND: &'static str = "address";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_PUBLIC_IP, &self.public_ip.to_string());
    }
}

impl Resource for Address {
    const NOUN: &'static Noun = &errors::ADDRESS;
}

impl Address {
    /// Its association, and the interface that has it.
    pub(super) fn association<'r>(&self, cx: &'r Reader) -> Option<(&'r NetworkInterface, &'r Association)> {
        let interface = cx.get::<NetworkInterface>(self.network_interface_id.as_deref()?)?;
        let found = interface.associations.iter().find(|found| found.public_address == self.public_ip)?;
        Some((interface, found))
    }
}

/// The elastic address that is this public one, whoever's it is.
pub fn with_public_ip<'r>(address: Ipv4Addr, cx: &'r Reader) -> Option<Stored<'r, Address>> {
    cx.view.find(BY_PUBLIC_IP, &address.to_string()).next()
}
