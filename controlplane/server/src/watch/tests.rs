//! A hub against a model: the list of all commits there ever were.

use super::*;
use controlplane_services_kernel::Record;
use futures::FutureExt;
use minicbor::{Decode, Encode};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Note {
    #[n(0)]
    text: u64,
}

impl Record for Note {
    const KIND: &'static str = "note";
}

fn key(number: u8) -> Key {
    let account = ["1", "2"][usize::from(number % 2)];
    Key::parse(&format!("{account}/here/note/{number}")).unwrap()
}

fn selector(number: u8) -> Selector {
    match number % 5 {
        0 => Selector::Under("1/".to_owned()),
        1 => Selector::Under("2/here/note/".to_owned()),
        _ => Selector::Key(key(number)),
    }
}

/// What is written at a revision: keys, and whether each is deleted.
type Writes = Vec<(u8, bool)>;

/// A hub and everything it was ever told.
struct World {
    hub: Arc<Hub>,
    limits: Limits,
    /// Commits since the last reset, by revision.
    told: BTreeMap<Revision, Arc<Event>>,
    records: BTreeMap<Key, (Revision, StoredRecord)>,
    newest: Revision,
    /// The records cannot be told before this.
    reset_at: Revision,
}

impl World {
    fn new(limits: Limits) -> Self {
        let hub = Hub::new(limits, 0);
        Self { hub, limits, told: BTreeMap::new(), records: BTreeMap::new(), newest: 0, reset_at: 0 }
    }

    fn commit(&mut self, writes: &Writes) {
        self.newest += 1;
        let mut changes = Vec::new();
        for (number, delete) in writes {
            let key = key(*number);
            let before = self.records.remove(&key);
            let after = (!delete).then(|| StoredRecord::new(Note { text: self.newest }));
            if let Some(record) = &after {
                self.records.insert(key.clone(), (self.newest, record.clone()));
            }
            changes.push(Changed { key, before, after });
        }
        let event =
            Arc::new(Event { revision: self.newest, now: Timestamp::from_millis(self.newest), changes });
        self.told.insert(self.newest, event.clone());
        self.hub.publish(event, 100);
    }

    fn reset(&mut self) {
        self.newest += 10;
        self.reset_at = self.newest;
        self.told.clear();
        self.hub.reset(self.newest);
    }

    /// The earliest revision the history must reach back to.
    fn since(&self) -> Revision {
        let kept = self.limits.commits.min(self.limits.bytes / 100);
        self.newest.saturating_sub(kept as u64).max(self.reset_at)
    }

    /// What a watcher at `after` has to get next.
    fn next(&self, selector: &Selector, after: Revision) -> Option<(Revision, Vec<(Key, bool)>)> {
        self.told.range(after + 1..).find_map(|(revision, event)| {
            let named = shown(event).into_iter().filter(|(key, _)| selector.names(key));
            let named: Vec<(Key, bool)> = named.collect();
            (!named.is_empty()).then_some((*revision, named))
        })
    }
}

fn shown(event: &Event) -> Vec<(Key, bool)> {
    event.changes.iter().map(|changed| (changed.key.clone(), changed.after.is_some())).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Commit(Writes),
    Reset,
    /// Begins a watch so many revisions back (or, negative, ahead).
    Watch(u8, i64),
    /// A watcher takes what is there, at most so many events.
    Take(usize, usize),
    Leave(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let writes = prop::collection::vec((0..8u8, any::<bool>()), 1..4);
    let step = prop_oneof![
        10 => writes.prop_map(Step::Commit),
        1 => Just(Step::Reset),
        4 => (0..8u8, -2..14i64).prop_map(|(number, back)| Step::Watch(number, back)),
        8 => (0..6usize, 1..6usize).prop_map(|(place, count)| Step::Take(place, count)),
        1 => (0..6usize).prop_map(Step::Leave),
    ];
    prop::collection::vec(step, 1..120)
}

fn begin(world: &World, number: u8, back: i64) -> Option<(Selector, Watcher)> {
    let selector = selector(number);
    let from = world.newest.saturating_add_signed(-back);
    let watcher = world.hub.watch(selector.clone(), from);
    let expected = match from {
        from if from > world.newest => Err(WatchError::OutOfRange { newest: world.newest }),
        from if from < world.since() => Err(WatchError::Compacted { oldest: world.since() }),
        _ => Ok(()),
    };
    assert_eq!(watcher.as_ref().map(|_| ()).map_err(|error| *error), expected, "from {from}");
    watcher.ok().map(|watcher| (selector, watcher))
}

/// Exactly the model's next events, or a resync when, and only when, some of them are not kept any more.
fn take(world: &World, selector: &Selector, watcher: &mut Watcher, count: usize) -> bool {
    for _ in 0..count {
        let after = watcher.revision();
        let missed = after < world.reset_at
            || world.next(selector, after).is_some_and(|(revision, _)| revision <= world.since());
        match (watcher.next().now_or_never(), world.next(selector, after)) {
            (Some(Watched::Resync), _) => {
                assert!(missed, "a watcher of {selector:?} at {after} lost nothing");
                return false;
            }
            (Some(Watched::Event(event)), Some((revision, changes))) => {
                assert!(!missed, "{after} should have been told to resync");
                assert_eq!((event.revision, shown(&event)), (revision, changes), "after {after}");
            }
            (None, None) => return true,
            (got, expected) => panic!("{selector:?} after {after}: {got:?}, not {expected:?}"),
        }
    }
    true
}

proptest! {
    #[test]
    fn watchers_get_the_suffix_of_all_commits(
        commits in 1..12usize,
        bytes in 100..1200usize,
        steps in steps(),
    ) {
        let mut world = World::new(Limits { commits, bytes });
        let mut watchers: Vec<(Selector, Watcher)> = Vec::new();
        for step in steps {
            match step {
                Step::Commit(writes) => world.commit(&writes),
                Step::Reset => world.reset(),
                Step::Watch(number, back) => watchers.extend(begin(&world, number, back)),
                Step::Take(place, count) if place < watchers.len() => {
                    let (selector, watcher) = &mut watchers[place];
                    if !take(&world, selector, watcher, count) {
                        watchers.remove(place);
                    }
                }
                Step::Leave(place) if place < watchers.len() => drop(watchers.remove(place)),
                Step::Take(..) | Step::Leave(_) => {}
            }
        }
        for (selector, mut watcher) in watchers.drain(..) {
            take(&world, &selector, &mut watcher, usize::MAX);
        }
        prop_assert_eq!(world.hub.held(), (0, 0), "nobody watches, nothing is held");
    }

    #[test]
    fn undoing_every_commit_gives_back_the_view(commits in prop::collection::vec(
        prop::collection::vec((0..8u8, any::<bool>()), 1..4), 1..30,
    )) {
        static KIND: controlplane_services_kernel::KindEntry =
            controlplane_services_kernel::KindEntry::internal::<Note>();
        let mut world = World::new(Limits::default());
        let mut view = View::new([&KIND]);
        let mut views = vec![text(&view)];
        for writes in &commits {
            world.commit(writes);
            world.told[&world.newest].redo(&mut view);
            views.push(text(&view));
        }
        for event in world.hub.after(0).unwrap().iter().rev() {
            prop_assert_eq!(text(&view), views.pop().unwrap());
            event.undo(&mut view);
        }
        prop_assert_eq!(text(&view), views.pop().unwrap());
    }
}

fn text(view: &View) -> Vec<String> {
    let rows =
        view.untyped(Note::KIND).map(|(key, record)| format!("{key} {record:?} {:?}", view.revision_of(key)));
    rows.collect()
}

#[test]
fn a_waiting_watcher_is_woken_and_told_of_the_end() {
    let mut world = World::new(Limits::default());
    let mut watcher = world.hub.watch(Selector::Key(key(3)), 0).unwrap();
    let waker = futures::task::noop_waker();
    let mut context = std::task::Context::from_waker(&waker);
    {
        let mut next = Box::pin(watcher.next());
        assert!(next.as_mut().poll(&mut context).is_pending());
        world.commit(&vec![(4, false)]);
        assert!(next.as_mut().poll(&mut context).is_pending(), "another key is nothing to it");
        world.commit(&vec![(3, false)]);
        assert!(next.as_mut().poll(&mut context).is_ready());
    }
    world.hub.close();
    assert!(matches!(watcher.next().now_or_never(), Some(Watched::Closed)));
    let mut late = world.hub.watch(Selector::Key(key(3)), 2).unwrap();
    assert!(matches!(late.next().now_or_never(), Some(Watched::Closed)));
}

#[test]
fn a_slow_watcher_costs_the_others_nothing() {
    let mut world = World::new(Limits { commits: 8, bytes: usize::MAX });
    let mut slow = world.hub.watch(Selector::Key(key(3)), 0).unwrap();
    let mut quick = world.hub.watch(Selector::Key(key(3)), 0).unwrap();
    for _ in 0..1000 {
        world.commit(&vec![(3, false)]);
        assert!(matches!(quick.next().now_or_never(), Some(Watched::Event(_))));
        let (streams, events) = world.hub.held();
        assert!(streams == 1 && events <= 8, "{streams} streams, {events} events");
    }
    assert!(matches!(slow.next().now_or_never(), Some(Watched::Resync)));
}

/// A watch of nobody's key costs a commit nothing, and what ten thousand watch is made once.
#[test]
fn a_commit_concerns_only_those_who_watch_it() {
    const WATCHERS: usize = 10_000;
    let mut world = World::new(Limits::default());
    let name = |number| Key::parse(&format!("1/here/note/n{number}")).unwrap();
    let others: Vec<Watcher> =
        (0..WATCHERS).map(|number| world.hub.watch(Selector::Key(name(number)), 0).unwrap()).collect();
    let mut same: Vec<Watcher> =
        (0..WATCHERS).map(|_| world.hub.watch(Selector::Key(key(3)), 0).unwrap()).collect();
    world.commit(&vec![(3, false), (4, false)]);
    assert_eq!(world.hub.held(), (WATCHERS + 1, 1), "one event for everybody");
    let mut made: Option<Arc<Event>> = None;
    for watcher in &mut same {
        let Some(Watched::Event(event)) = watcher.next().now_or_never() else { panic!("it is there") };
        assert!(made.as_ref().is_none_or(|made| Arc::ptr_eq(made, &event)), "shared");
        made = Some(event);
    }
    drop((others, same));
    assert_eq!(world.hub.held(), (0, 0));
}
