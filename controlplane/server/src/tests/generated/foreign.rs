//! Another account, which knows every id there is: it reaches nothing, changes nothing, and is told nothing.

use super::conformance::Asker;
use super::walk::Walk;
use crate::core::Core;
use crate::tests::credentials::key;
use crate::tests::{Cluster, run};
use controlplane_services_native::AccessKey;
use controlplane_wire::model::{self, Operation, Service};
use regex::Regex;
use std::collections::BTreeSet;

/// Requests of the owner, to have something.
const MADE: u64 = 3_500;
/// Requests of the other account about it.
const ASKED: u64 = 4_000;

/// Actions that show what an account has.
const SHOWN: [(&str, &str); 15] = [
    ("ec2", "DescribeVpcs"),
    ("ec2", "DescribeSubnets"),
    ("ec2", "DescribeRouteTables"),
    ("ec2", "DescribeInternetGateways"),
    ("ec2", "DescribeSecurityGroups"),
    ("ec2", "DescribeNetworkInterfaces"),
    ("ec2", "DescribeAddresses"),
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeKeyPairs"),
    ("ec2", "DescribeLaunchTemplates"),
    ("ec2", "DescribeTags"),
    ("iam", "ListUsers"),
    ("iam", "ListRoles"),
    ("autoscaling", "DescribeAutoScalingGroups"),
    ("route53", "ListHostedZones"),
];

pub(super) async fn shown(asker: &mut Asker) -> Vec<String> {
    let request_id = Regex::new("<[rR]equestId>[^<]*<").expect("a pattern");
    let mut found = Vec::new();
    for (service, action) in SHOWN {
        let service: &'static Service = model::by_name(service).expect("a service");
        let operation: &'static Operation = service.operation(action).expect("an action");
        let text = asker.plain(service, operation).await;
        found.push(format!("{action}: {}", request_id.replace_all(&text, "")));
    }
    found
}

/// Ids that nobody guesses. Images may be anybody's, so they are no secret.
pub(super) fn ids(shown: &[String]) -> BTreeSet<String> {
    let id = Regex::new(r"Id>((?:[a-z]+(?:-[a-z]+)*-[0-9a-f]{17})|(?:A[A-Z]{3}[A-Z0-9]{12,}))<")
        .expect("a pattern");
    let all = shown.iter().flat_map(|text| id.captures_iter(text).map(|found| found[1].to_owned()));
    all.filter(|id| !id.starts_with("ami-")).collect()
}

/// The root of another account.
pub(super) async fn stranger(cluster: &Cluster, core: &Core) -> Asker {
    let other = key("AKIAFOREIGN", "another secret");
    let own = AccessKey::of_root("210987654321".into(), other.secret_access_key.clone());
    cluster.put(core, AccessKey::key(&other.access_key_id), own).await;
    Asker::new(cluster, core).with(other)
}

#[test]
fn another_account_reaches_nothing() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let (mut owner, mut walk) = (Asker::new(&cluster, core), Walk::new(11));
        for _ in 0..MADE {
            let (service, operation, case) = walk.next();
            let answer = owner.ask(service, operation, case).await;
            walk.learn(&answer);
        }
        let before = shown(&mut owner).await;
        before.iter().for_each(|text| walk.learn(text.as_bytes()));
        let secret = ids(&before);
        assert!(secret.len() > 20, "{} ids are not enough to look for", secret.len());
        let mut stranger = stranger(&cluster, core).await;
        for _ in 0..ASKED {
            let (service, operation, case) = walk.next();
            let what = case.what.clone();
            let answer = stranger.ask(service, operation, case).await;
            let text = String::from_utf8_lossy(&answer);
            let told = secret.iter().find(|id| text.contains(&format!("Id>{id}<")));
            assert!(told.is_none(), "{what} tells of {told:?}: {text}");
        }
        stranger.check();
        assert_eq!(shown(&mut owner).await, before, "another account changed something");
    });
}
