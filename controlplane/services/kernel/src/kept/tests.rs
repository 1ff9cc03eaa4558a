use super::ROOM;
use crate::record::StoredRecord;
use crate::tests::Box as BoxRecord;
use crate::{KindEntry, Random, Record, View};
use controlplane_types::{AccountId, Key, Scope};
use std::cell::Cell;
use std::sync::Arc;

const LABELS: [&str; 3] = ["red", "green", "blue"];
const OTHER_KIND: &str = "crate";

fn account() -> AccountId {
    "123456789012".into()
}

fn key(id: &str) -> Key {
    Key::new(&account(), &Scope::Global, BoxRecord::KIND, id)
}

fn labelled(label: &str, friend: Option<&str>) -> BoxRecord {
    BoxRecord { label: label.to_owned(), inside_of: None, friend: friend.map(str::to_owned) }
}

fn empty() -> View {
    let boxes = KindEntry::internal::<BoxRecord>();
    let others = KindEntry { name: OTHER_KIND, ..KindEntry::internal::<BoxRecord>() };
    View::new(&[boxes, others])
}

fn put(view: &mut View, id: &str, record: BoxRecord) {
    view.put(view.revision() + 1, &key(id), StoredRecord::new(record));
}

/// Looks at another record, at an index, and for one label at all records.
fn look(id: &str, view: &View) -> String {
    let Some(own) = view.get::<BoxRecord>(&key(id)) else { return String::new() };
    let friend = own.friend.as_ref().and_then(|friend| view.get::<BoxRecord>(&key(friend)));
    let alike: Vec<&str> =
        view.find::<BoxRecord>("label", &own.label).map(|stored| stored.key.id()).collect();
    let all = (own.label == "red").then(|| view.all::<BoxRecord>().count());
    format!("{own:?} {friend:?} {alike:?} {all:?}")
}

/// What is kept, and how often it had to be made.
fn seen(view: &View, id: &str, made: &Cell<usize>) -> Option<Arc<String>> {
    let stored = view.stored::<BoxRecord>(&key(id))?;
    Some(view.kept(&stored, |view| {
        made.set(made.get() + 1);
        (look(id, view), 100)
    }))
}

#[test]
fn what_is_kept_is_what_would_be_made() {
    let mut random = Random::from_seed([7; 32]);
    let mut draw = |below: u64| random.below(below) as usize;
    let (mut views, made, mut looks) = (vec![empty()], Cell::new(0), 0);
    for _ in 0..3_000 {
        let mut view = views[draw(views.len() as u64)].clone();
        let id = format!("box-{}", draw(6));
        match draw(4) {
            0 => view.delete(view.revision() + 1, &key(&id)),
            _ => {
                let friend = format!("box-{}", draw(6));
                put(&mut view, &id, labelled(LABELS[draw(3)], Some(&friend)));
            }
        }
        views.push(view);
        // Old and new, and such as descend from the same but not from each other.
        if views.len() > 5 {
            views.remove(0);
        }
        for view in &views {
            for id in (0..6).map(|number| format!("box-{number}")) {
                if let Some(kept) = seen(view, &id, &made) {
                    looks += 1;
                    assert_eq!(*kept, look(&id, view), "{id}");
                }
            }
        }
    }
    assert!(made.get() < looks, "nothing was ever kept");
}

type Step = fn(&mut View, &Key);

#[test]
fn what_does_not_matter_costs_nothing() {
    let (mut view, made) = (empty(), Cell::new(0));
    put(&mut view, "one", labelled("green", Some("two")));
    put(&mut view, "two", labelled("blue", None));
    put(&mut view, "three", labelled("blue", None));
    let other = Key::new(&account(), &Scope::Global, OTHER_KIND, "it");
    let steps: [(&str, Step, usize); 6] = [
        ("first", |_, _| {}, 1),
        ("nothing", |_, _| {}, 1),
        ("another kind", |view, other| view.put(9, other, StoredRecord::new(labelled("green", None))), 1),
        ("a record that was not read", |view, _| put(view, "three", labelled("red", None)), 1),
        ("a record that was read", |view, _| put(view, "two", labelled("red", None)), 2),
        ("an index that was read", |view, _| put(view, "three", labelled("green", None)), 3),
    ];
    for (what, step, expected) in steps {
        step(&mut view, &other);
        seen(&view, "one", &made);
        assert_eq!(made.get(), expected, "{what}");
    }
}

#[test]
fn whoever_notes_reads_sees_them() {
    let (mut view, made) = (empty(), Cell::new(0));
    put(&mut view, "one", labelled("green", None));
    seen(&view, "one", &made);
    let (recording, reads) = view.recording();
    reads.take();
    seen(&recording, "one", &made);
    assert_eq!(made.get(), 2);
    assert!(reads.take().len() >= 2);
}

#[test]
fn the_room_is_bounded_and_given_back() {
    let mut view = empty();
    let keep = |view: &View, id: &str, bytes: usize| {
        let stored = view.stored::<BoxRecord>(&key(id)).unwrap();
        let made = Cell::new(false);
        view.kept(&stored, |_| {
            made.set(true);
            (0_u8, bytes)
        });
        made.get()
    };
    put(&mut view, "one", labelled("green", None));
    put(&mut view, "two", labelled("green", None));
    assert!(keep(&view, "one", ROOM) && !keep(&view, "one", ROOM), "it is kept");
    assert!(keep(&view, "two", 1) && keep(&view, "two", 1), "there is no room");
    put(&mut view, "one", labelled("blue", None));
    assert!(keep(&view, "two", 1) && !keep(&view, "two", 1), "the room was given back");
}
