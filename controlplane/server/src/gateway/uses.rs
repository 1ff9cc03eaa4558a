//! Which access keys and roles requests are signed with, on its way into the records (`GetAccessKeyLastUsed`, `RoleLastUsed`).
//!
//! Every member recognises requests by itself, so each one notes what it meets and hands it to the leader once a minute; the leader
//! writes what it is told as one batch. A request never waits for any of that. It finds that its credential is noted already by one
//! load of a word; only the first one in a minute with a key, in a region, of a service takes a lock.
//!
//! Whoever signs correctly has used his key, whether he then may or not. What a member has noted when it ends is lost, and so is
//! what does not fit; the next minute's first request tells again. Nothing is written while nobody asks
//! (`controlplane/design/0078-uses-are-noted-where-they-are-met.md`).

use super::forward;
use crate::core::Core;
use crate::writer::Writer;
use controlplane_raft::{Leadership, RaftNode};
use controlplane_services_iam::last_use::ops::record_uses::{RecordUses, RecordUsesInput};
use controlplane_services_iam::last_use::{Credential, LastUse, Use};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_types::{RegionName, Runtime, Timestamp};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// How long uses are gathered.
const GATHERED: Duration = Duration::from_secs(60);
/// How long the leader may take to write uses down.
const PATIENCE: Duration = Duration::from_secs(10);
/// Keys and roles that are noted between two tellings: 5,000 users have 10,000 keys.
const MOST: usize = 10_000;
/// Uses in one message, which is one batch: some 100 KB.
const AT_ONCE: usize = 1_000;
/// Marks of what is noted: a power of two, enough that few share one.
const MARKS: usize = 4096;

/// See the module.
pub(super) struct Uses {
    home: RegionName,
    node: RaftNode,
    writer: Writer,
    runtime: Arc<dyn Runtime>,
    marks: Marks,
    state: Mutex<State>,
}

/// What was noted lately, as one word for each use, found by its hash. Two that share a place push each other out, which costs
/// them a lock and nothing else.
struct Marks(Box<[AtomicU64]>);

impl Marks {
    fn new() -> Self {
        Self((0..MARKS).map(|_| AtomicU64::new(0)).collect())
    }

    /// Notes a use in the minute of `at`; whether it was not there.
    fn is_new(&self, used: (&str, &str, &str), at: Timestamp) -> bool {
        let mut hasher = DefaultHasher::new();
        (used, at.as_secs() / 60).hash(&mut hasher);
        let mark = hasher.finish();
        let Some(place) = self.0.get(mark as usize % MARKS) else { return true };
        // Most requests only look: a place that is written to goes from one processor's cache to the other's.
        place.load(Ordering::Relaxed) != mark && place.swap(mark, Ordering::Relaxed) != mark
    }
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<Credential, LastUse>,
    is_gathering: bool,
}

impl State {
    /// Notes the newest use of a credential.
    fn note(&mut self, credential: Credential, last: LastUse) {
        if self.waiting.len() < MOST || self.waiting.contains_key(&credential) {
            self.waiting.insert(credential, last);
        }
    }

    fn take(&mut self) -> Vec<Use> {
        let taken = std::mem::take(&mut self.waiting).into_iter();
        taken.map(|(credential, last)| Use { credential, last }).collect()
    }

    /// Notes again what could not be told, unless something newer is there.
    fn put_back(&mut self, untold: Vec<Use>) {
        for Use { credential, last } in untold {
            if !self.waiting.contains_key(&credential) {
                self.note(credential, last);
            }
        }
    }
}

impl Uses {
    pub(super) fn new(house: &Core, home: &RegionName) -> Arc<Self> {
        Arc::new(Self {
            home: home.clone(),
            node: house.node.clone(),
            writer: house.writer.clone(),
            runtime: house.runtime.clone(),
            marks: Marks::new(),
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the key or role with this id was used in a region for a service.
    pub(super) fn note(
        self: &Arc<Self>,
        (id, region, service): (&str, &str, &str),
        credential: impl FnOnce() -> Credential,
    ) {
        let now = self.runtime.now();
        if !self.marks.is_new((id, region, service), now) {
            return;
        }
        let mut state = self.state();
        state.note(credential(), LastUse::new(now, region, service));
        if !std::mem::replace(&mut state.is_gathering, true) {
            let telling = tell_each_minute(Arc::downgrade(self), self.runtime.clone());
            self.runtime.spawn("uses", Box::pin(telling));
        }
    }

    /// Has the leader write down what was noted; whether there was anything.
    async fn tell(&self) -> bool {
        let taken = {
            let mut state = self.state();
            state.is_gathering = !state.waiting.is_empty();
            state.take()
        };
        let mut untold = Vec::new();
        for uses in taken.chunks(AT_ONCE) {
            if let Err(error) = self.tell_leader(uses.to_vec()).await {
                tracing::warn!(%error, count = uses.len(), "uses of access keys and roles are told later");
                untold.extend_from_slice(uses);
            }
        }
        self.state().put_back(untold);
        !taken.is_empty()
    }

    async fn tell_leader(&self, uses: Vec<Use>) -> Result<(), String> {
        let leadership = *self.node.leadership().borrow();
        match leadership {
            Leadership::Leader { .. } => self.record(uses).await,
            Leadership::Follower { leader: Some(leader), .. } => {
                let told = self.node.forward(leader, forward::told(uses));
                match self.runtime.within(PATIENCE, told).await {
                    Some(told) => told.map(|_| ()).map_err(|error| error.to_string()),
                    None => Err("the leader does not answer".to_owned()),
                }
            }
            _ => Err("no server leads at the moment".to_owned()),
        }
    }

    /// Writes down what this member or another one has noted; here, or not at all.
    pub(super) async fn record(&self, uses: Vec<Use>) -> Result<(), String> {
        if uses.len() > AT_ONCE {
            return Err(format!("more than {AT_ONCE} uses"));
        }
        let input = RecordUsesInput { uses };
        let caller = Caller::system(self.home.clone());
        let written = self.writer.run(caller, move |cx| RecordUses::run(&input, cx)).await;
        written.map_err(|error| error.to_string())
    }
}

/// As long as there is something to tell. Holds nothing of the server while it waits: one that has ended is not kept open.
async fn tell_each_minute(uses: Weak<Uses>, runtime: Arc<dyn Runtime>) {
    loop {
        runtime.sleep(GATHERED).await;
        let Some(uses) = uses.upgrade() else { return };
        if !uses.tell().await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    fn key(number: usize) -> Credential {
        Credential::AccessKey(format!("AKIA{number}"))
    }

    fn last(at: u64) -> LastUse {
        LastUse::new(Timestamp::from_millis(at), "us-east-1", "ec2")
    }

    #[test]
    fn a_use_is_new_once_a_minute() {
        let (marks, at) = (Marks::new(), |millis| Timestamp::from_millis(27_000_000 * MINUTE + millis));
        let used = ("AKIA1", "us-east-1", "ec2");
        assert!(marks.is_new(used, at(0)));
        assert!((1..60).all(|second| !marks.is_new(used, at(second * 1000))));
        for other in
            [("AKIA2", "us-east-1", "ec2"), ("AKIA1", "eu-west-1", "ec2"), ("AKIA1", "us-east-1", "s3")]
        {
            assert!(marks.is_new(other, at(0)) && !marks.is_new(other, at(1)), "{other:?}");
        }
        assert!(marks.is_new(used, at(MINUTE)));
    }

    #[test]
    fn many_keys_push_each_other_out_rarely() {
        let (marks, now) = (Marks::new(), Timestamp::from_millis(27_000_000 * MINUTE));
        let ids: Vec<String> = (0..200).map(|number| format!("AKIA{number}")).collect();
        let news =
            |ids: &[String]| ids.iter().filter(|id| marks.is_new((id, "us-east-1", "ec2"), now)).count();
        assert_eq!(news(&ids), 200);
        assert!(news(&ids) < 40, "of 200 at 4096 places some ten share one");
    }

    #[test]
    fn what_is_noted_is_bounded_and_the_newest() {
        let mut state = State::default();
        (0..MOST + 10).for_each(|number| state.note(key(number), last(0)));
        assert_eq!(state.waiting.len(), MOST);
        state.note(key(0), last(MINUTE));
        let taken = state.take();
        assert!(state.waiting.is_empty());
        assert!(taken.contains(&Use { credential: key(0), last: last(MINUTE) }));
        state.note(key(1), last(2 * MINUTE));
        state.put_back(taken);
        assert_eq!(state.waiting[&key(1)], last(2 * MINUTE), "not what was noted before");
        assert_eq!((state.waiting[&key(0)].clone(), state.waiting.len()), (last(MINUTE), MOST));
    }
}
