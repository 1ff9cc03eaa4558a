use super::ops::forget_expired::MOST;
use super::*;
use crate::Region;
use crate::tests::{context_with_region, system};
use controlplane_services_kernel::event::Event;
use controlplane_services_kernel::outcome::Outcome;
use controlplane_services_kernel::{Context, Controller, View};
use controlplane_types::Timestamp;

const HOUR_MS: u64 = 3_600_000;
const MINUTE_MS: u64 = 60_000;

fn outcome(expires_at_ms: u64) -> Outcome {
    Outcome {
        request_hash: vec![0].into(),
        answer: "{}".into(),
        expires_at: Timestamp::from_millis(expires_at_ms),
    }
}

/// What the controller has written at `now`, and when it wants to look again.
fn settle(view: &View, now_ms: u64) -> (View, usize, Option<Timestamp>) {
    let (mut view, mut writes, now) = (view.clone(), 0, Timestamp::from_millis(now_ms));
    loop {
        let plan = Expiry::plan(&view, &Region::key(&"us-east-1".into()), now);
        let Some(intent) = plan.intents.first() else {
            return (view, writes, plan.next_wake);
        };
        let mut cx = Context::new(view.clone(), system(), now, [0; 32]);
        intent.operation.run(&mut cx).unwrap();
        view.apply(view.revision() + 1, &cx.into_changes());
        writes += 1;
    }
}

#[test]
fn what_is_due_goes_in_one_batch_and_then_nothing_is_written() {
    let mut cx = context_with_region();
    cx.put("a", outcome(10));
    cx.put("b", outcome(20));
    cx.put("c", outcome(9 * HOUR_MS));
    cx.event("node", "n", "Old", "");
    let start = cx.now.as_millis();
    let (view, writes, wake) = settle(&cx.view, 20);
    assert_eq!((writes, wake), (0, Some(Timestamp::from_millis(10 + MINUTE_MS))));
    let (view, writes, wake) = settle(&view, 10 + MINUTE_MS);
    assert_eq!((writes, view.all::<Outcome>().count(), view.all::<Event>().count()), (1, 1, 1));
    assert_eq!(wake, Some(Timestamp::from_millis(start + HOUR_MS + MINUTE_MS)));
    let (view, writes, _) = settle(&view, start + HOUR_MS + MINUTE_MS);
    assert_eq!((writes, view.all::<Outcome>().count(), view.all::<Event>().count()), (1, 1, 0));
    let (_, writes, _) = settle(&view, start + HOUR_MS + MINUTE_MS);
    assert_eq!(writes, 0);
}

#[test]
fn many_go_in_bounded_batches() {
    let mut cx = context_with_region();
    for index in 0..MOST + 1 {
        cx.put(&format!("{index}"), outcome(10));
    }
    let (view, writes, wake) = settle(&cx.view, HOUR_MS);
    assert_eq!((writes, view.all::<Outcome>().count(), wake), (2, 0, None));
}
