//! GetCheckerIpRanges: where probes come from, so that firewalls let them in. Those are the DNS servers' own addresses, by which
//! they know each other too.

use controlplane_services_kernel::{Access, Query, Reader, ServiceError};
use controlplane_services_native::DnsServer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// See the module.
pub struct GetCheckerIpRanges;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetCheckerIpRangesInput {}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCheckerIpRangesOutput {
    checker_ip_ranges: BTreeSet<String>,
}

impl Query for GetCheckerIpRanges {
    const NAME: &'static str = "GetCheckerIpRanges";
    type Input = GetCheckerIpRangesInput;
    type Output = GetCheckerIpRangesOutput;

    fn accesses(_: &GetCheckerIpRangesInput, _: &Reader) -> Option<Vec<Access>> {
        Some(Vec::new())
    }

    fn run(_: &GetCheckerIpRangesInput, cx: &Reader) -> Result<GetCheckerIpRangesOutput, ServiceError> {
        let servers = cx.view.all::<DnsServer>();
        let addresses = servers.filter_map(|server| server.health_address.parse::<SocketAddr>().ok());
        let range = |address: SocketAddr| match address.ip().to_canonical() {
            ip if ip.is_ipv4() => format!("{ip}/32"),
            ip => format!("{ip}/128"),
        };
        Ok(GetCheckerIpRangesOutput { checker_ip_ranges: addresses.map(range).collect() })
    }
}
