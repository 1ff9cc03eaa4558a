//! The table that computes only what a commit can alter, against one that computes everything.

use super::table::{RowChanged, RowTable};
use crate::watch::{Changed, Event};
use controlplane_proto::api;
use controlplane_services_kernel::{Caller, Column, KindEntry, Reader, Record, StoredRecord, Tabular, View};
use controlplane_types::{Key, Scope, Timestamp};
use minicbor::{Decode, Encode};
use proptest::prelude::*;
use prost::Message;
use serde_json::Value;
use std::collections::BTreeMap;

/// Shows records of three other kinds, each found in another way.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Ship {
    #[n(0)]
    load: u8,
}

impl Record for Ship {
    const KIND: &'static str = "ship";
}

impl Tabular for Ship {
    const PLURAL: &'static str = "ships";

    fn columns() -> &'static [Column] {
        const COLUMNS: [Column; 4] =
            [Column::new("LOAD"), Column::new("CAPTAIN"), Column::new("CREW"), Column::new("PORTS")];
        &COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        let captain = reader.get::<Captain>(id).map_or(0, |captain| captain.rank);
        let crew: Vec<&str> = reader.find::<Sailor>("ship", id).map(|sailor| sailor.key.id()).collect();
        let ports = reader.list::<Port>().count();
        // Who has no captain does not look at the ports.
        let ports = if captain == 0 { 0 } else { ports };
        vec![self.load.to_string(), captain.to_string(), crew.join(" "), ports.to_string()]
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        Value::Null
    }
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Captain {
    #[n(0)]
    rank: u8,
}

impl Record for Captain {
    const KIND: &'static str = "captain";
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Sailor {
    #[n(0)]
    ship: String,
}

impl Record for Sailor {
    const KIND: &'static str = "sailor";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add("ship", &self.ship);
    }
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
struct Port {}

impl Record for Port {
    const KIND: &'static str = "port";
}

static SHIP: KindEntry = KindEntry::visible::<Ship>();
static OTHERS: [KindEntry; 3] =
    [KindEntry::internal::<Captain>(), KindEntry::internal::<Sailor>(), KindEntry::internal::<Port>()];

fn caller() -> Caller {
    Caller::controller("1".into(), "here".into(), "test")
}

/// One record written or, with an odd value, removed: kind, id, value.
type Write = (u8, u8, u8);

fn write((kind, id, value): Write) -> (Key, Option<StoredRecord>) {
    let (name, record) = match kind {
        0 => (Ship::KIND, StoredRecord::new(Ship { load: value })),
        1 => (Captain::KIND, StoredRecord::new(Captain { rank: value })),
        2 => (Sailor::KIND, StoredRecord::new(Sailor { ship: (value % 3).to_string() })),
        _ => (Port::KIND, StoredRecord::new(Port {})),
    };
    let account = if id == 3 { "2" } else { "1" };
    let key = Key::new(&account.into(), &Scope::Region("here".into()), name, &id.to_string());
    (key, (value % 2 == 0).then_some(record))
}

fn commit(view: &mut View, writes: &[Write]) -> Event {
    let revision = view.revision() + 1;
    let mut changes = Vec::new();
    for (key, after) in writes.iter().copied().map(write) {
        let before = view.stored_untyped(&key).map(|(revision, record)| (revision, record.clone()));
        changes.push(Changed { key, before, after });
        let last =
            Event { revision, now: Timestamp::default(), changes: changes.split_off(changes.len() - 1) };
        last.redo(view);
        changes.extend(last.changes);
    }
    Event { revision, now: Timestamp::default(), changes }
}

/// What the table shows, by id.
fn shown(table: &RowTable) -> BTreeMap<String, Vec<String>> {
    table.rows().map(|version| decode(&version.row)).map(|row| (row.id, row.cells)).collect()
}

fn decode(bytes: &[u8]) -> api::Row {
    api::Row::decode(bytes).unwrap()
}

fn follow(rows: &mut BTreeMap<String, Vec<String>>, changed: &[RowChanged]) {
    for RowChanged { before, after } in changed {
        let before = before.as_ref().map(|version| decode(&version.row));
        if let Some(before) = &before {
            assert_eq!(rows.remove(&before.id).as_ref(), Some(&before.cells), "what the client has");
        }
        if let Some(after) = after.as_ref().map(|version| decode(&version.row)) {
            assert_ne!(before.as_ref(), Some(&after), "a change changes something");
            assert_eq!(rows.insert(after.id, after.cells), None);
        }
    }
}

proptest! {
    #[test]
    fn a_table_that_steps_shows_what_a_new_one_does(commits in prop::collection::vec(
        prop::collection::vec((0..4u8, 0..4u8, 0..6u8), 1..5), 1..40,
    ), jump in any::<prop::sample::Index>()) {
        let mut view = View::new([&SHIP].into_iter().chain(&OTHERS));
        let mut table = RowTable::load(&SHIP, caller(), &view, Timestamp::default());
        let mut client = BTreeMap::new();
        let jump = jump.index(commits.len());
        for (number, writes) in commits.iter().enumerate() {
            let event = commit(&mut view, writes);
            let changed = match number == jump {
                true => table.jump(&view, Timestamp::default()),
                false => table.step(&event, &view),
            };
            follow(&mut client, &changed);
            let whole = RowTable::load(&SHIP, caller(), &view, Timestamp::default());
            prop_assert_eq!(shown(&table), shown(&whole));
            prop_assert_eq!(&client, &shown(&table));
        }
    }
}
