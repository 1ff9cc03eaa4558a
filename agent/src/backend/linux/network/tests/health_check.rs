//! Health checks from inside a VPC, to endpoints that can be reached from nowhere else.

use super::super::Network;
use super::lab::Lab;
use super::wanted::{Wanted, allow_in, cidr, small_vpc};
use crate::health::tests::{check, kept, told};
use crate::health::{self, Observations};
use crate::tasks::Tasks;
use crate::testing::{OnTokio, block_on_tokio};
use controlplane_proto::dns::HealthCheck;
use dns::health::Way;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Where health checks come from, as users allow it.
pub(super) const CHECKERS: &str = "240.0.0.0/4";

/// An instance that lets health checks in to port 80.
fn web() -> Wanted {
    let mut wanted = small_vpc("vpc-a");
    wanted.rules("sg-vpc-a").push(allow_in("tcp", 80, cidr(CHECKERS)));
    wanted.instance("web", "vpc-a", &["10.0.1.4"], &["sg-vpc-a"]);
    wanted
}

/// Whether a probe gets a connection; not, if no answer comes within a quarter of a second.
pub(super) fn connects(lab: &Lab, check: &HealthCheck) -> bool {
    let endpoint = format!("{}:80", check.address).parse().unwrap();
    block_on_tokio(async {
        let connection = lab.network.connect(check, endpoint);
        let connected = tokio::time::timeout(Duration::from_millis(250), connection).await;
        matches!(connected, Ok(Ok(_)))
    })
}

#[test]
fn the_verdict_on_an_instance_turns_when_it_stops_listening() {
    let lab = Lab::new();
    let mut wanted = web();
    lab.apply(&wanted);
    let listener = lab.instance("web").listen("10.0.1.4:80");
    assert!(!lab.host().reaches("10.0.1.4:80"), "it is inside");
    block_on_tokio(async {
        let way = Arc::new(Network::new(lab.config.clone()).unwrap());
        let (_keep, kept) = watch::channel(kept(check("h")));
        let (seen, tasks) = (Arc::new(Observations::default()), Tasks::new(Arc::new(OnTokio)));
        let probing = health::run(way, kept, seen.clone(), tasks.clone());
        tasks.spawn("agent-health", Box::pin(probing));
        let healthy = told(&seen, |seen| seen.healthy && !seen.undecided).await;
        assert_eq!(healthy.status, "Success: The TCP connection was established");
        drop(listener);
        let failed = told(&seen, |seen| !seen.healthy).await;
        assert!(failed.status.starts_with("Failure: The connection to 10.0.1.4:80 failed"), "{failed:?}");
        wanted.remove_instance("web");
        tokio::task::block_in_place(|| lab.apply(&wanted));
        told(&seen, |seen| seen.undecided).await;
        tasks.abort();
    });
}

#[test]
fn groups_hold_for_health_checks() {
    let lab = Lab::new();
    let mut wanted = web();
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("10.0.1.4:80");
    let check = check("h");
    assert!(lab.network.is_open(&check) && connects(&lab, &check));
    wanted.rules("sg-vpc-a").retain(|rule| rule.egress);
    lab.apply(&wanted);
    assert!(!connects(&lab, &check), "nobody lets them in any more");
    let elsewhere = HealthCheck { vpc_id: "vpc-b".to_owned(), ..check };
    assert!(!lab.network.is_open(&elsewhere) && !connects(&lab, &elsewhere));
}
