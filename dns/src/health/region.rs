//! Which checks are whose: Route 53's checkers stand in eight regions, Hearth's are the DNS servers, each of which stands for
//! the region its operator says, or for all of them.

use controlplane_proto::dns::health_check::Kind;
use controlplane_proto::dns::{HealthCheck, Peer};

/// Whether a server that stands for `region` probes `check`. Where nobody stands for any of the check's regions everybody
/// probes it: a check nobody looks after would be healthy for ever. One of a VPC is no DNS server's.
pub(crate) fn is_probed<'p>(
    check: &HealthCheck,
    region: &str,
    mut peers: impl Iterator<Item = &'p Peer>,
) -> bool {
    let concerns = |region: &str| region.is_empty() || check.regions.iter().any(|own| own == region);
    let is_ours = check.kind() != Kind::Calculated && check.vpc_id.is_empty();
    is_ours
        && (check.regions.is_empty() || concerns(region) || !peers.any(|peer| concerns(&peer.checker_region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_12_6_a_check_is_probed_from_its_regions_and_never_from_nowhere() {
        let check = |regions: &[&str]| HealthCheck {
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            ..HealthCheck::default()
        };
        let three = ["us-east-1", "us-west-1", "eu-west-1"];
        for (regions, own, others, expected) in [
            (&[][..], "sa-east-1", &[][..], true),
            (&three, "", &["us-east-1"], true),
            (&three, "us-west-1", &["us-east-1"], true),
            (&three, "sa-east-1", &["us-west-2", "us-east-1"], false),
            (&three, "sa-east-1", &["us-west-2", ""], false),
            (&three, "sa-east-1", &["us-west-2"], true),
        ] {
            let peer = |region: &&str| Peer { checker_region: (*region).to_owned(), ..Peer::default() };
            let peers: Vec<Peer> = others.iter().map(peer).collect();
            assert_eq!(
                is_probed(&check(regions), own, peers.iter()),
                expected,
                "{regions:?} {own} {others:?}"
            );
        }
        let mut calculated = check(&[]);
        calculated.set_kind(Kind::Calculated);
        assert!(!is_probed(&calculated, "", [].iter()));
        let inside = HealthCheck { vpc_id: "vpc-1".to_owned(), ..check(&three) };
        assert!(!is_probed(&inside, "us-east-1", [].iter()));
    }
}
