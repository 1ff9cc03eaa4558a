//! Order of service at the real writer.

use super::{run, tell};
use crate::admission::Refused;
use crate::writer::{Work, WriteError};
use controlplane_services_kernel::Caller;
use futures::future::{join, join_all};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Requests the writer may have taken before somebody came.
const TAKEN: usize = 2 * 256;

/// How many requests were run before this one.
fn counted(caller: Caller, run: &Arc<AtomicUsize>) -> (Work, Arc<AtomicUsize>) {
    let place = Arc::new(AtomicUsize::new(usize::MAX));
    let (noted, run) = (place.clone(), run.clone());
    let work = Work::new(caller, move |cx| {
        noted.store(run.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        cx.event("test", "it", "Told", "counted");
        Ok(Box::new(()) as _)
    });
    (work, place)
}

#[test]
fn ten_thousand_requests_of_one_delay_another_by_few() {
    run(3, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let others = [
            Caller { access_key_id: "AKIAMODEST".to_owned(), ..cluster.root() },
            Caller { account: "210987654321".into(), ..cluster.root() },
            Caller::system("us-east-1".into()),
        ];
        for other in others {
            let run = Arc::<AtomicUsize>::default();
            let greedy = Caller { access_key_id: "AKIAGREEDY".to_owned(), ..cluster.root() };
            let greedy = (0..10_000).map(|_| core.writer.write(counted(greedy.clone(), &run).0));
            let (work, place) = counted(other, &run);
            let (outcomes, done) = join(join_all(greedy), core.writer.write(work)).await;
            assert!(done.is_ok());
            let refused = outcomes
                .iter()
                .filter(|outcome| matches!(outcome, Err(WriteError::Overloaded(Refused::Full))));
            let served = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            assert_eq!(served + refused.count(), 10_000);
            assert!(served >= 1024, "{served} were served");
            let place = place.load(Ordering::Relaxed);
            assert!(place <= TAKEN, "{place} requests went before it");
        }
    });
}

#[test]
fn who_does_not_wait_any_more_is_not_served() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let run = Arc::<AtomicUsize>::default();
        let gone: Vec<_> = (0..100).map(|_| counted(cluster.root(), &run)).collect();
        for (work, _) in gone {
            let mut write = Box::pin(core.writer.write(work));
            assert!(futures::poll!(&mut write).is_pending());
        }
        tell(core, cluster.root(), "last".to_owned()).await.expect("it is written");
        assert_eq!(run.load(Ordering::Relaxed), 0);
    });
}
