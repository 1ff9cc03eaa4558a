//! Which four of Route 53's 2,048 virtual name servers a zone gets: one of each stripe, and so that no two zones
//! share more than two. Zones of one name, or parent and child, share none, whoever owns them: one server cannot answer for
//! both.

use super::DelegationSet;
use crate::{HostedZone, errors};
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_types::dns::Name;
use std::collections::BTreeSet;

const STRIPES: [&str; 4] = ["com", "net", "org", "co.uk"];
const PER_STRIPE: u64 = 512;
/// With 500 zones a random draw collides rarely; this many draws all colliding does not happen.
const DRAWS: usize = 1000;

/// Four names for a new zone, or for a set that is not of any zone yet.
pub(crate) fn draw(name: Option<&Name>, cx: &mut Context) -> Result<Vec<String>, ServiceError> {
    let taken = name.map(|name| of_relatives(name, cx)).unwrap_or_default();
    let free: Vec<Vec<String>> = (0..STRIPES.len())
        .map(|stripe| {
            let all = (1..PER_STRIPE).map(|number| server(stripe, number));
            all.filter(|server| !taken.contains(server)).collect()
        })
        .collect();
    if free.iter().any(Vec::is_empty) {
        return Err(errors::delegation_set_not_available());
    }
    let mut drawn = draw_once(&free, cx);
    for _ in 0..DRAWS {
        if is_new(&drawn, cx) {
            break;
        }
        drawn = draw_once(&free, cx);
    }
    Ok(drawn)
}

/// What every private zone says of itself. The first of each stripe, which no public zone gets; nobody answers there.
pub(crate) fn of_private_zones() -> Vec<String> {
    (0..STRIPES.len()).map(|stripe| server(stripe, 0)).collect()
}

/// Whether a zone of this name would meet a relative on one of these servers.
pub(crate) fn conflict(name: &Name, servers: &[String], cx: &Reader) -> bool {
    let taken = of_relatives(name, cx);
    servers.iter().any(|server| taken.contains(server))
}

fn draw_once(free: &[Vec<String>], cx: &mut Context) -> Vec<String> {
    let mut one = |servers: &Vec<String>| {
        let at = cx.random().below(servers.len() as u64);
        usize::try_from(at).ok().and_then(|at| servers.get(at)).cloned().unwrap_or_default()
    };
    free.iter().map(&mut one).collect()
}

fn server(stripe: usize, number: u64) -> String {
    format!("ns-{}.awsdns-{:02}.{}", number + PER_STRIPE * stripe as u64, number / 8, STRIPES[stripe])
}

/// Shared servers are told apart by the zones' names; more than two of them would make one outage another zone's too.
fn is_new(drawn: &[String], cx: &Context) -> bool {
    let few = |servers: &[String]| servers.iter().filter(|server| drawn.contains(server)).count() <= 2;
    cx.view.all::<HostedZone>().all(|zone| zone.is_private() || few(&zone.name_servers))
        && cx.view.all::<DelegationSet>().all(|set| few(&set.name_servers))
}

fn of_relatives(name: &Name, cx: &Reader) -> BTreeSet<String> {
    let related =
        |other: &str| Name::parse(other).is_ok_and(|other| other.is_within(name) || name.is_within(&other));
    let zones = cx.view.all::<HostedZone>().filter(|zone| !zone.is_private() && related(&zone.name));
    zones.flat_map(|zone| zone.name_servers.clone()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_follow_the_pattern() {
        assert_eq!(super::server(1, 584 - 512), "ns-584.awsdns-09.net");
        assert_eq!(super::server(0, 511), "ns-511.awsdns-63.com");
    }
}
