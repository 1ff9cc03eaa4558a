//! Fairness is an order, so it is tested as one: by counting who is served, never by time.

use super::lanes::Lanes;
use super::round::{Queue, Round};
use super::*;
use controlplane_raft::Sim;
use controlplane_services_kernel::Caller;
use controlplane_types::Runtime;
use futures::FutureExt;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

fn client(account: &str, key: &str) -> Caller {
    Caller {
        account: account.into(),
        region: "here".into(),
        principal: format!("arn:aws:iam::{account}:root"),
        access_key_id: key.to_owned(),
        request_id: String::new(),
        client: None,
    }
}

fn ticket(account: &str, key: &str) -> Ticket {
    Ticket::of(&client(account, key))
}

fn internal() -> Ticket {
    Ticket::of(&Caller::system("here".into()))
}

#[test]
fn the_regions_own_work_has_a_lane_of_its_own() {
    assert_eq!(internal().lane(), Lane::Internal);
    assert_eq!(ticket("1", "").lane(), Lane::Client);
    let controller = Caller::controller("1".into(), "here".into(), "scaling");
    assert_eq!(Ticket::of(&controller).lane(), Lane::Internal);
}

#[test]
fn a_greedy_principal_delays_another_by_one_request() {
    let mut lanes = Lanes::default();
    let refused = (0..10_000).filter(|number| lanes.push(&ticket("1", "greedy"), *number).is_err()).count();
    assert_eq!(refused, 10_000 - 1024, "more than its bound is refused at once");
    for modest in 0..100 {
        lanes.push(&ticket("2", "modest"), 20_000 + modest).unwrap();
        let served = [lanes.pop().unwrap().1, lanes.pop().unwrap().1];
        assert!(served.contains(&(20_000 + modest)), "{served:?}");
    }
}

#[test]
fn keys_of_one_account_share_its_turn() {
    let mut lanes = Lanes::default();
    for _ in 0..100 {
        for key in ["a", "b", "c", "d"] {
            lanes.push(&ticket("1", key), "many keys").unwrap();
        }
        lanes.push(&ticket("2", "one"), "one key").unwrap();
    }
    let served: Vec<&str> = (0..100).map(|_| lanes.pop().unwrap().1).collect();
    assert_eq!(served.iter().filter(|name| **name == "one key").count(), 50);
}

#[test]
fn neither_lane_starves() {
    for (full, other) in [(ticket("1", "a"), internal()), (internal(), ticket("1", "a"))] {
        let mut lanes = Lanes::default();
        for _ in 0..1024 {
            lanes.push(&full, "full").unwrap();
        }
        for _ in 0..50 {
            lanes.push(&other, "other").unwrap();
            let served = [lanes.pop().unwrap().1, lanes.pop().unwrap().1];
            assert!(served.contains(&"other"), "{served:?}");
        }
    }
}

#[test]
fn however_many_are_greedy_there_is_room_for_one_who_is_not() {
    let mut lanes = Lanes::default();
    for greedy in 0..400 {
        let ticket = ticket("1", &greedy.to_string());
        while lanes.push(&ticket, ()).is_ok() {}
    }
    assert!(lanes.waiting(Lane::Client) < 4096);
    let whole = lanes.waiting(Lane::Client);
    lanes.push(&ticket("2", "new"), ()).unwrap();
    lanes.push(&internal(), ()).unwrap();
    assert_eq!((lanes.waiting(Lane::Client), lanes.waiting(Lane::Internal)), (whole + 1, 1));
}

proptest! {
    /// Whoever waits all the while sees everybody else served at most once between two of its own, and nothing is lost,
    /// doubled or served out of its principal's order.
    #[test]
    fn rounds_are_fair(steps in prop::collection::vec(prop::option::weighted(0.6, 0..6u8), 1..400)) {
        let mut round: Round<u8, VecDeque<(u8, usize)>> = Round::default();
        let mut model: BTreeMap<u8, VecDeque<usize>> = BTreeMap::new();
        // For each who waits: who was served since it last was, or began to wait.
        let mut since: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (number, step) in steps.into_iter().enumerate() {
            if let Some(key) = step {
                round.filling(&key).push_back((key, number));
                model.entry(key).or_default().push_back(number);
                since.entry(key).or_default();
                continue;
            }
            let Some((key, number)) = round.pop() else {
                prop_assert!(model.is_empty());
                continue;
            };
            let waiting = model.get_mut(&key).unwrap();
            prop_assert_eq!(waiting.pop_front(), Some(number));
            let others = since.remove(&key).unwrap();
            for other in 0..6u8 {
                let turns = others.iter().filter(|served| **served == other).count();
                prop_assert!(turns <= 1, "{other} had {turns} turns while {key} waited for one");
            }
            if waiting.is_empty() {
                model.remove(&key);
            } else {
                since.insert(key, Vec::new());
            }
            since.iter_mut().filter(|(waiting, _)| **waiting != key).for_each(|(_, served)| served.push(key));
        }
        let left: usize = model.values().map(VecDeque::len).sum();
        prop_assert_eq!(std::iter::from_fn(|| round.pop()).count(), left);
    }
}

/// A request that notes what became of it.
struct Asked {
    number: u32,
    gone: bool,
    expired: Arc<Mutex<Vec<u32>>>,
}

impl Expires for Asked {
    fn is_abandoned(&self) -> bool {
        self.gone
    }

    fn expire(self) {
        self.expired.lock().unwrap().push(self.number);
    }
}

#[test]
fn what_nobody_waits_for_is_not_served() {
    let sim = Sim::new(1);
    let machine: Arc<dyn Runtime> = sim.machine("server");
    let clock = machine.clone();
    let served = sim.block_on(async move {
        let expired = Arc::<Mutex<Vec<u32>>>::default();
        let (sender, mut intake) = channel("test", machine);
        let asked = |number, gone| Asked { number, gone, expired: expired.clone() };
        sender.send(&ticket("1", "a"), asked(1, false)).unwrap();
        clock.sleep(PATIENCE + Duration::from_millis(1)).await;
        sender.send(&ticket("1", "a"), asked(2, true)).unwrap();
        sender.send(&ticket("1", "a"), asked(3, false)).unwrap();
        let mut taken = Vec::new();
        assert_eq!(intake.recv_many(&mut taken, 10).await, 1);
        drop(sender);
        assert_eq!(intake.recv_many(&mut taken, 10).await, 0, "nobody can send any more");
        (taken[0].number, expired.lock().unwrap().clone())
    });
    assert_eq!(served.unwrap(), (3, vec![1]));
}

type Waiting = Pin<Box<dyn Future<Output = Result<Pass, Refused>>>>;

fn poll(waiting: &mut Waiting) -> Option<Pass> {
    waiting.as_mut().now_or_never().map(|entered| entered.unwrap_or_else(|refused| panic!("{refused}")))
}

#[test]
fn a_gate_lets_so_many_through_and_the_rest_in_turn() {
    let sim = Sim::new(1);
    let gate = Gate::new("test", 2, sim.machine("server"));
    let enter = |key: &str| -> Waiting {
        let (gate, caller) = (gate.clone(), client("1", key));
        Box::pin(async move { gate.enter(&caller).await })
    };
    let first = poll(&mut enter("a")).unwrap();
    let second = poll(&mut enter("a")).unwrap();
    let mut greedy: Vec<Waiting> = (0..5).map(|_| enter("a")).collect();
    assert!(greedy.iter_mut().all(|waiting| poll(waiting).is_none()));
    let mut modest = enter("b");
    assert!(poll(&mut modest).is_none());
    drop((first, second));
    let passed = poll(&mut greedy[0]).unwrap();
    let modest = poll(&mut modest).expect("its turn is the second");
    assert!(poll(&mut greedy[1]).is_none());
    // One gives up with the pass already in its hand: the next has it.
    drop(modest);
    drop(greedy.remove(1));
    let last = poll(&mut greedy[1]).expect("the place was handed on");
    drop((passed, last));
}
