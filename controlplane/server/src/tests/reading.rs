//! Rounds are shared, sessions hold, time goes on.

use super::{run, tell};
use crate::reads::{Ask, ReadsError, Session};
use controlplane_services_kernel::event::Event;
use futures::future::join_all;
use std::time::Duration;

const STALE: Ask = Ask { stale: true, session: None };

#[test]
fn readers_share_rounds_on_every_member() {
    run(3, |cluster| async move {
        for (_, core) in [cluster.leader().await, cluster.follower().await] {
            let (rounds, entries) = (core.reads.rounds(), core.node.metrics().last_log);
            let readers = (0..1000).map(|_| core.reads.reader(cluster.root()));
            assert!(join_all(readers).await.iter().all(Result::is_ok));
            assert!(core.reads.rounds() - rounds <= 2, "{} rounds", core.reads.rounds() - rounds);
            assert_eq!(core.node.metrics().last_log, entries, "reads are not in the log");
        }
    });
}

#[test]
fn a_session_sees_its_own_writes_on_every_member() {
    run(3, |cluster| async move {
        for number in 0..20 {
            let (_, leader) = cluster.leader().await;
            let done = tell(leader, cluster.root(), format!("{number}")).await.expect("it is written");
            let mut session = leader.reads.session(done.revision);
            for (_, core) in cluster.servers.values() {
                let ask = Ask { stale: true, session: Some(session) };
                let seen = core.reads.read(cluster.root(), ask).await.expect("it can be read");
                let told = seen.reader.list::<Event>().any(|event| event.message == number.to_string());
                assert!(told, "its own write");
                assert!(seen.session.revision >= session.revision && seen.session.now >= session.now);
                session = seen.session;
            }
        }
    });
}

#[test]
fn who_is_cut_off_answers_stale_reads_only_and_says_how_old() {
    run(3, |cluster| async move {
        let ((leader, _), (id, cut)) = (cluster.leader().await, cluster.follower().await);
        cut.reads.reader(cluster.root()).await.expect("a round");
        let others: Vec<u64> = cluster.servers.keys().copied().filter(|other| *other != id).collect();
        cluster.network.partition(&[id], &[id, others[0], others[1]]);
        let done = tell(cluster.core(leader), cluster.root(), "news".to_owned()).await.expect("a majority");
        cluster.sleep(10_000).await;
        let linearizable = cut.reads.read(cluster.root(), Ask::default()).await;
        assert!(matches!(linearizable, Err(ReadsError::Unconfirmed(_))), "no quorum, no linearizable read");
        let seen = cut.reads.read(cluster.root(), STALE).await.expect("what it has");
        let age = seen.age.expect("an age");
        assert!(age >= Duration::from_secs(10) && age < Duration::from_secs(30), "{age:?}");
        let session = cluster.core(leader).reads.session(done.revision);
        let ask = Ask { stale: true, session: Some(session) };
        let behind = cut.reads.read(cluster.root(), ask).await;
        assert_eq!(behind.map(|_| ()), Err(ReadsError::Behind(done.revision)));
        cluster.network.heal();
        let seen = cut.reads.read(cluster.root(), ask).await.expect("it catches up");
        assert!(seen.session.revision >= done.revision);
    });
}

#[test]
fn a_session_from_elsewhere_is_refused() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let seen = core.reads.read(cluster.root(), Ask::default()).await.expect("a read").session;
        let ahead = Session { revision: seen.revision + 1, now: seen.now };
        let late = Session { revision: seen.revision, now: seen.now + Duration::from_secs(3600) };
        for session in [ahead, late] {
            let ask = Ask { stale: false, session: Some(session) };
            let refused = core.reads.read(cluster.root(), ask).await.map(|_| ());
            assert_eq!(refused, Err(ReadsError::Future(session)));
        }
    });
}
