use super::*;
use crate::testing::{OnTokio, block_on_tokio};
use controlplane_proto::agent as proto;
use controlplane_proto::agent::object::Object as Content;
use controlplane_proto::desired::DesiredSet;
use controlplane_proto::dns::HealthObservation;
use controlplane_proto::dns::health_check::Kind;
use controlplane_types::BoxFuture;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Takes every probe to one listener, and knows what was asked of it.
struct Fake {
    leads_to: SocketAddr,
    open: AtomicBool,
    asked: Mutex<Option<(String, SocketAddr)>>,
}

impl Way for Fake {
    fn is_open(&self, _: &HealthCheck) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    fn resolve(&self, _: &str) -> BoxFuture<Option<IpAddr>> {
        Box::pin(std::future::ready(None))
    }

    fn connect(&self, check: &HealthCheck, endpoint: SocketAddr) -> BoxFuture<io::Result<TcpStream>> {
        *self.asked.lock().unwrap() = Some((check.vpc_id.clone(), endpoint));
        Box::pin(TcpStream::connect(self.leads_to))
    }
}

/// Of a TCP port at 10.0.1.4 in `vpc-a`, each second, and the first failure counts.
pub(crate) fn check(id: &str) -> HealthCheck {
    let mut check = HealthCheck {
        id: id.to_owned(),
        vpc_id: "vpc-a".to_owned(),
        address: "10.0.1.4".to_owned(),
        port: 80,
        interval_seconds: 1,
        failure_threshold: 1,
        ..HealthCheck::default()
    };
    check.set_kind(Kind::Tcp);
    check
}

/// A set of this check.
pub(crate) fn kept(check: HealthCheck) -> Kept {
    let told = proto::PrivateHealthCheck { id: check.id.clone(), health_check: Some(check.into()) };
    let object = proto::Object { object: Some(Content::PrivateHealthCheck(told)) };
    let set = DesiredSet::from_objects([object]).unwrap();
    Kept { held: Arc::new(Held { generation: None, set }), trouble: None }
}

/// The next news that are `wanted`.
pub(crate) async fn told(
    seen: &Observations,
    wanted: impl Fn(&HealthObservation) -> bool,
) -> HealthObservation {
    let found = async {
        loop {
            seen.news().await;
            let mut told = seen.take().into_iter().flat_map(|report| report.observations);
            if let Some(found) = told.find(|seen| wanted(seen)) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found).await.expect("news of this kind")
}

#[test]
fn what_is_seen_over_the_way_is_told_when_it_is_new_and_when_it_is_time() {
    block_on_tokio(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let leads_to = listener.local_addr().unwrap();
        let way = Arc::new(Fake { leads_to, open: AtomicBool::new(true), asked: Mutex::default() });
        let (keep, kept_view) = watch::channel(kept(check("h")));
        let seen = Arc::new(Observations::default());
        let tasks = Tasks::new(Arc::new(OnTokio));
        let probing = run(way.clone(), kept_view, seen.clone(), tasks.clone());
        tasks.spawn("agent-health", Box::pin(probing));

        let first = told(&seen, |seen| !seen.undecided).await;
        assert!(first.healthy && first.health_check_id == "h", "{first:?}");
        let asked = way.asked.lock().unwrap().clone();
        assert_eq!(asked, Some(("vpc-a".to_owned(), "10.0.1.4:80".parse().unwrap())));
        assert_eq!(seen.take(), None, "it was told");
        seen.tell_again();
        assert_eq!(seen.take().map(|report| report.observations.len()), Some(1));

        drop(listener);
        let failed = told(&seen, |seen| !seen.healthy).await;
        assert!(failed.status.starts_with("Failure: "), "{failed:?}");
        way.open.store(false, Ordering::Relaxed);
        let withdrawn = told(&seen, |seen| seen.undecided).await;
        assert_eq!(withdrawn.last_failure, failed.status, "what it saw last is still known");

        keep.send_replace(kept(check("i")));
        let other = told(&seen, |seen| seen.health_check_id == "i").await;
        assert!(other.undecided);
        seen.tell_again();
        assert_eq!(
            seen.take().map(|report| report.observations.len()),
            Some(1),
            "and nothing of the old one"
        );
        tasks.stop();
        tasks.idle().await;
    });
}

#[test]
fn a_message_holds_a_part_of_very_many() {
    let seen = Observations::default();
    let ids: Vec<String> = (0..4_500).map(|number| format!("h{number:04}")).collect();
    seen.keep(&ids.iter().map(|id| (id.clone(), HealthCheck::default())).collect());
    for id in &ids {
        seen.note(HealthObservation { health_check_id: id.clone(), ..HealthObservation::default() });
    }
    let counts: Vec<usize> =
        std::iter::from_fn(|| seen.take()).map(|report| report.observations.len()).collect();
    assert_eq!(counts, [2_000, 2_000, 500]);
}
