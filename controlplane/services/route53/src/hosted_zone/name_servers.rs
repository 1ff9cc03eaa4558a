//! Which four of Route 53's 2,048 virtual name servers a zone gets: one of each stripe, and so that no two zones
//! share more than two. Zones of one name, or parent and child, share none.

use super::HostedZone;
use controlplane_services_kernel::Context;
use controlplane_types::dns::Name;

const STRIPES: [&str; 4] = ["com", "net", "org", "co.uk"];
const PER_STRIPE: u64 = 512;
/// With 500 zones a random draw collides rarely; this many draws all colliding does not happen.
const DRAWS: usize = 1000;

/// Four names for a new zone.
pub(super) fn draw(name: &Name, cx: &mut Context) -> Vec<String> {
    let mut best = draw_once(cx);
    for _ in 0..DRAWS {
        if fits(&best, name, cx) {
            break;
        }
        best = draw_once(cx);
    }
    best
}

fn draw_once(cx: &mut Context) -> Vec<String> {
    (0..4).map(|stripe| server(stripe, cx.random().below(PER_STRIPE))).collect()
}

fn server(stripe: usize, number: u64) -> String {
    format!("ns-{}.awsdns-{:02}.{}", number + PER_STRIPE * stripe as u64, number / 8, STRIPES[stripe])
}

fn fits(drawn: &[String], name: &Name, cx: &Context) -> bool {
    cx.view.all::<HostedZone>().all(|zone| {
        let shared = zone.name_servers.iter().filter(|server| drawn.contains(server)).count();
        shared <= if related(&zone.name, name) { 0 } else { 2 }
    })
}

fn related(other: &str, name: &Name) -> bool {
    Name::parse(other).is_ok_and(|other| other.is_within(name) || name.is_within(&other))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_follow_the_pattern() {
        assert_eq!(super::server(1, 584 - 512), "ns-584.awsdns-09.net");
        assert_eq!(super::server(0, 511), "ns-511.awsdns-63.com");
    }
}
