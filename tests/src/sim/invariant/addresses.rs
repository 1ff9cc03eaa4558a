//! No address is given to two interfaces, at no revision.

use controlplane_services_ec2::network_interface::NetworkInterface;
use controlplane_services_kernel::View;
use std::collections::{BTreeMap, BTreeSet};

/// Addresses that were held twice.
#[derive(Default)]
pub struct Addresses {
    broken: BTreeSet<String>,
}

impl Addresses {
    /// Looks at all records of one revision.
    pub fn look(&mut self, view: &View) {
        let interfaces = view.all::<NetworkInterface>();
        let held = interfaces.flat_map(|found| {
            let id = found.key.id().to_owned();
            addresses(found.record).into_iter().map(move |address| (address, id.clone()))
        });
        self.take(held);
    }

    /// Takes in who holds which address (with the network it means something in).
    pub fn take(&mut self, held: impl IntoIterator<Item = ((String, String), String)>) {
        let mut holders = BTreeMap::new();
        for ((network, address), interface) in held {
            if let Some(other) = holders.insert((network.clone(), address.clone()), interface.clone()) {
                self.broken.insert(format!("{address} of {network} is given to {other} and to {interface}"));
            }
        }
    }

    /// What broke the rule.
    pub fn broken(&self) -> Vec<String> {
        self.broken.iter().cloned().collect()
    }
}

fn addresses(interface: &NetworkInterface) -> Vec<(String, String)> {
    let vpc = &interface.vpc_id;
    let private = interface.private_addresses.iter().map(|address| (vpc.clone(), address.to_string()));
    let ipv6 = interface.ipv6_addresses.iter().map(|address| (vpc.clone(), address.to_string()));
    let public =
        interface.public_addresses().map(|(_, address)| ("the internet".to_owned(), address.to_string()));
    private.chain(ipv6).chain(public).collect()
}
