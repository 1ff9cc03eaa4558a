//! What an operation sees and does: a consistent view, who asks, what time it is, and its own changes.
//!
//! A [`Reader`] only reads; a [`Context`] also writes, and reads its own writes at once, so one operation may build on
//! another (`RunInstances` creates network interfaces) and `apply` may run a whole manifest on one scratch view.
//! Everything is confined to the caller's account and region unless the name of the method says otherwise.

use crate::client::Client;
use crate::event::Event;
use crate::operation::Need;
use crate::{Changes, Random, Record, Stored, View};
use controlplane_types::{AccountId, Key, RegionName, Revision, Scope, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

/// Owner of what belongs to the machines and not to any account: nodes, the region itself.
pub const SYSTEM_ACCOUNT: &str = "000000000000";

/// What the principals of the region's own work begin with.
const CONTROLLER: &str = "arn:hearth:controller:::";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account all keys are confined to.
    pub account: AccountId,
    /// The region from the credential scope.
    pub region: RegionName,
    /// ARN of the principal.
    pub principal: String,
    /// Access key of the request; empty for controllers and the native door.
    pub access_key_id: String,
    /// Request id, the same in logs, answers and events.
    pub request_id: String,
    /// Of a request at the AWS door: whose permissions count. `None` for everybody else, who is not asked for any.
    pub client: Option<Arc<Client>>,
}

impl Caller {
    /// The controller `name` acting for an account.
    pub fn controller(account: AccountId, region: RegionName, name: &str) -> Self {
        Self {
            account,
            region,
            principal: format!("{CONTROLLER}{name}"),
            access_key_id: String::new(),
            request_id: String::new(),
            client: None,
        }
    }

    /// The region's own hand: node sessions, housekeeping.
    pub fn system(region: RegionName) -> Self {
        Self::controller(SYSTEM_ACCOUNT.into(), region, "system")
    }

    /// Whether the region itself asks, not a client: a controller, a node's session, housekeeping. No door gives a client
    /// such a principal.
    pub fn is_internal(&self) -> bool {
        self.principal.starts_with(CONTROLLER)
    }
}

/// A consistent view for one caller.
#[derive(Clone)]
pub struct Reader {
    /// All records.
    pub view: View,
    /// Who asks.
    pub caller: Caller,
    /// The leader's time: never goes back.
    pub now: Timestamp,
    /// What the machines said, for queries that asked (see [`crate::Query::needs`]).
    pub found: BTreeMap<Need, Value>,
}

impl Reader {
    /// A reader over `view`.
    pub fn new(view: View, caller: Caller, now: Timestamp) -> Self {
        Self { view, caller, now, found: BTreeMap::new() }
    }

    /// The scope records of type `R` have for this caller.
    pub fn scope<R: Record>(&self) -> Scope {
        if R::GLOBAL { Scope::Global } else { Scope::Region(self.caller.region.clone()) }
    }

    /// The key of record `id` in the caller's account.
    pub fn key<R: Record>(&self, id: &str) -> Key {
        Key::new(&self.caller.account, &self.scope::<R>(), R::KIND, id)
    }

    /// The caller's record `id`.
    pub fn get<R: Record>(&self, id: &str) -> Option<&R> {
        self.view.get(&self.key::<R>(id))
    }

    /// The caller's records of a kind, ordered by id.
    pub fn list<R: Record>(&self) -> impl Iterator<Item = Stored<'_, R>> + use<'_, R> {
        self.view.list(&self.caller.account, &self.scope::<R>())
    }

    /// The same, from the first id at or after `start`.
    pub fn list_from<R: Record>(&self, start: &str) -> impl Iterator<Item = Stored<'_, R>> + use<'_, R> {
        self.view.list_from(&self.caller.account, &self.scope::<R>(), start)
    }

    /// The caller's records whose `index` has `value`, ordered by id.
    pub fn find<R: Record>(
        &self,
        index: &'static str,
        value: &str,
    ) -> impl Iterator<Item = Stored<'_, R>> + use<'_, R> {
        let prefix = Key::prefix(&self.caller.account, &self.scope::<R>(), R::KIND);
        self.view.find(index, value).filter(move |stored| stored.key.as_str().starts_with(&prefix))
    }
}

/// A reader that may also write.
pub struct Context {
    reader: Reader,
    changes: Changes,
    random: Random,
    events: u32,
    /// What the records count as written by that it writes.
    revision: Revision,
}

impl Context {
    /// Puts in what machines would say, for rehearsals of queries.
    pub fn set_found(&mut self, found: BTreeMap<Need, Value>) {
        self.reader.found = found;
    }

    /// A context over `view`. The seed decides every id the operation makes.
    pub fn new(view: View, caller: Caller, now: Timestamp, seed: [u8; 32]) -> Self {
        let revision = view.revision().max(1);
        Self {
            reader: Reader::new(view, caller, now),
            changes: Changes::default(),
            random: Random::from_seed(seed),
            events: 0,
            revision,
        }
    }

    /// What it writes is to be committed as `revision`; so its view may be taken over ([`Self::into_outcome`]).
    pub fn committed_as(self, revision: Revision) -> Self {
        Self { revision, ..self }
    }

    /// Creates or replaces the caller's record `id`.
    pub fn put<R: Record>(&mut self, id: &str, record: R) {
        self.put_at(self.key::<R>(id), record);
    }

    /// Removes the caller's record `id`.
    pub fn delete<R: Record>(&mut self, id: &str) {
        self.delete_at(self.key::<R>(id));
    }

    /// Creates or replaces a record anywhere; for what the region itself owns.
    pub fn put_at<R: Record>(&mut self, key: Key, record: R) {
        let mut changes = Changes::default();
        changes.put(key, record);
        self.absorb(changes);
    }

    /// Removes a record anywhere; for what the region itself owns.
    pub fn delete_at(&mut self, key: Key) {
        let mut changes = Changes::default();
        changes.delete(key);
        self.absorb(changes);
    }

    fn absorb(&mut self, changes: Changes) {
        self.reader.view.apply(self.revision, &changes);
        self.changes.extend(changes);
    }

    /// A new id: `prefix` and 17 hexadecimal digits, as AWS makes them.
    pub fn new_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.random.hex(17))
    }

    /// Randomness of this request.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Tells people what happened to the caller's record `id` of `kind`.
    pub fn event(&mut self, kind: &str, id: &str, reason: &str, message: impl Into<String>) {
        let event = Event {
            at: self.now,
            kind: kind.to_owned(),
            id: id.to_owned(),
            reason: reason.to_owned(),
            message: message.into(),
            principal: self.caller.principal.clone(),
        };
        self.events += 1;
        let id = format!("{:013}-{:04}-{}", self.now.as_millis(), self.events, self.random.hex(6));
        self.put(&id, event);
    }

    /// Runs part of an operation on behalf of another caller (an account's controller, the system), in the same
    /// changes.
    pub fn acting_as<T>(&mut self, caller: Caller, act: impl FnOnce(&mut Self) -> T) -> T {
        let previous = self.act_as(caller);
        let result = act(self);
        self.act_as(previous);
        result
    }

    /// From here on everything is on behalf of `caller`; who it was before.
    pub(crate) fn act_as(&mut self, caller: Caller) -> Caller {
        std::mem::replace(&mut self.reader.caller, caller)
    }

    /// Runs part of an operation that may fail without failing the whole: an error takes back what the part did.
    pub fn attempt<T, E>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let (view, changes) = (self.reader.view.clone(), self.changes.clone());
        let result = act(self);
        if result.is_err() {
            self.reader.view = view;
            self.changes = changes;
        }
        result
    }

    /// What the operation wants done.
    pub fn into_changes(self) -> Changes {
        self.changes
    }

    /// What the operation wants done, and the records as they are then.
    pub fn into_outcome(self) -> (Changes, View) {
        (self.changes, self.reader.view)
    }
}

impl Deref for Context {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}
