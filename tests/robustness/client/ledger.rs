//! What clients were told, against which the servers are held afterwards.
//!
//! Every write is one change batch of two parts: it *creates* the record `<n>.<writer>`, which would be refused if the
//! write were carried out twice, and sets the register `last.<writer>` to `n`. So whatever is there shows whether an
//! acknowledged write was lost, whether one was done twice or by half, and the register shows to a reader whether its
//! answer is older than what was acknowledged before it asked.
//!
//! A write that was given up has no known outcome, for ever: an attempt may lie in a paused server and be carried out
//! when that wakes, behind later writes. It may be there or not, but it must be whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The zone everything is written to.
pub(crate) const ZONE: &str = "robust.test.";

/// Shared by all tasks of a client.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    writers: BTreeMap<String, History>,
    acknowledged_at: Vec<Instant>,
    attempts: BTreeMap<u32, usize>,
    complaints: Vec<String>,
}

/// Of one writer; its writes are numbered from 1.
#[derive(Default)]
struct History {
    begun: u64,
    /// Whether its writes also set a register; a writer with several under way has none.
    registered: bool,
    acknowledged: BTreeSet<u64>,
    /// Without a known outcome.
    given_up: BTreeSet<u64>,
}

impl Ledger {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a writer's next write, and whether it also sets the register.
    pub(crate) fn begin(&self, writer: &str, registered: bool) -> u64 {
        let mut book = self.book();
        let history = book.writers.entry(writer.to_owned()).or_default();
        history.begun += 1;
        history.registered = registered;
        history.begun
    }

    /// A server has answered well, after so many attempts.
    pub(crate) fn acknowledge(&self, writer: &str, number: u64, attempts: u32) {
        let mut book = self.book();
        book.acknowledged_at.push(Instant::now());
        *book.attempts.entry(attempts).or_default() += 1;
        book.writers.entry(writer.to_owned()).or_default().acknowledged.insert(number);
    }

    /// Nobody will ask again.
    pub(crate) fn give_up(&self, writer: &str, number: u64) {
        self.book().writers.entry(writer.to_owned()).or_default().given_up.insert(number);
    }

    /// Something that must not be.
    pub(crate) fn complain(&self, complaint: String) {
        self.book().complaints.push(complaint);
    }

    /// How many writes were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.book().acknowledged_at.len()
    }

    /// How many have no known outcome.
    pub(crate) fn given_up(&self) -> usize {
        self.book().writers.values().map(|history| history.given_up.len()).sum()
    }

    /// How many writes took how many attempts.
    pub(crate) fn attempts(&self) -> BTreeMap<u32, usize> {
        self.book().attempts.clone()
    }

    /// The longest time without any acknowledgement between two moments.
    pub(crate) fn longest_gap(&self, from: Instant, to: Instant) -> std::time::Duration {
        let book = self.book();
        let within = book.acknowledged_at.iter().copied().filter(|at| (from..to).contains(at));
        let marks: Vec<Instant> = [from].into_iter().chain(within).chain([to]).collect();
        marks.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// The newest acknowledged write of a writer; 0 when there is none.
    pub(crate) fn newest(&self, writer: &str) -> u64 {
        let book = self.book();
        book.writers.get(writer).and_then(|history| history.acknowledged.last().copied()).unwrap_or(0)
    }

    /// Takes note of what a reader saw in a writer's register, who knew of write `floor` before asking.
    pub(crate) fn judge_read(&self, server: u64, writer: &str, floor: u64, seen: u64) {
        let mut book = self.book();
        let late = book.writers.get(writer).is_some_and(|history| history.given_up.contains(&seen));
        if seen < floor && !late {
            book.complaints
                .push(format!("server {server} read {seen} of {writer} after {floor} was acknowledged"));
        }
    }

    /// What is wrong, given all records of a server by name.
    pub(crate) fn verdict(&self, found: &BTreeMap<String, String>) -> Vec<String> {
        let book = self.book();
        let mut complaints = book.complaints.clone();
        for (writer, history) in &book.writers {
            complaints.extend(history.lost(writer, found));
            complaints.extend(history.register(writer, found));
        }
        complaints.extend(book.unexpected(found));
        complaints
    }
}

impl Book {
    /// Records nobody wrote.
    fn unexpected(&self, found: &BTreeMap<String, String>) -> Vec<String> {
        let known = |name: &str| {
            let (number, writer) = name.strip_suffix(ZONE)?.trim_end_matches('.').split_once('.')?;
            let history = self.writers.get(writer)?;
            (number == "last" || (1..=history.begun).contains(&number.parse().ok()?)).then_some(())
        };
        found.keys().filter(|name| known(name).is_none()).map(|name| format!("nobody wrote {name}")).collect()
    }
}

impl History {
    fn lost(&self, writer: &str, found: &BTreeMap<String, String>) -> Vec<String> {
        let lost = self.acknowledged.iter().filter(|number| {
            let there = found.get(&record_name(writer, **number));
            there != Some(&record_value(writer, **number))
        });
        lost.map(|number| format!("acknowledged write {number} of {writer} is lost")).collect()
    }

    /// The register names the newest write, or one of those that came late, and that write is there too.
    fn register(&self, writer: &str, found: &BTreeMap<String, String>) -> Option<String> {
        if !self.registered {
            return None;
        }
        let newest = self.acknowledged.last().copied().unwrap_or(0);
        let Some(value) = found.get(&register_name(writer)) else {
            return (newest > 0).then(|| format!("the register of {writer} is lost"));
        };
        let number: u64 = value.parse().unwrap_or(0);
        if number < newest && !self.given_up.contains(&number) {
            return Some(format!("the register of {writer} says {value}, but {newest} was acknowledged"));
        }
        let whole = found.contains_key(&record_name(writer, number));
        (!whole).then(|| format!("write {number} of {writer} was done by half"))
    }
}

/// The record that write `number` creates.
pub(crate) fn record_name(writer: &str, number: u64) -> String {
    format!("{number}.{writer}.{ZONE}")
}

/// And its text.
pub(crate) fn record_value(writer: &str, number: u64) -> String {
    format!("{writer}-{number}")
}

/// The record that every write of a writer overwrites.
pub(crate) fn register_name(writer: &str) -> String {
    format!("last.{writer}.{ZONE}")
}

#[test]
fn the_ledger_notices_what_must_not_be() {
    let ledger = Ledger::default();
    for number in [1, 2, 3] {
        assert_eq!(ledger.begin("w", true), number);
    }
    ledger.acknowledge("w", 1, 1);
    ledger.acknowledge("w", 3, 1);
    ledger.give_up("w", 2);
    let records = |numbers: &[u64], last: &str| -> BTreeMap<String, String> {
        let each = numbers.iter().map(|number| (record_name("w", *number), record_value("w", *number)));
        each.chain([(register_name("w"), last.to_owned())]).collect()
    };
    for (good, last) in [(&[1, 3][..], "3"), (&[1, 2, 3], "3"), (&[1, 2, 3], "2")] {
        assert_eq!(ledger.verdict(&records(good, last)), Vec::<String>::new());
    }
    for (bad, last, word) in [
        (&[1, 2][..], "2", "acknowledged write 3 of w is lost"),
        (&[1, 3], "1", "says 1, but 3"),
        (&[1, 3], "2", "by half"),
        (&[1, 3, 4], "3", "nobody wrote 4.w"),
    ] {
        let complaints = ledger.verdict(&records(bad, last));
        assert!(complaints.len() == 1 && complaints[0].contains(word), "{complaints:?}");
    }
    ledger.judge_read(1, "w", 3, 3);
    ledger.judge_read(1, "w", 3, 2);
    ledger.judge_read(1, "w", 3, 1);
    assert_eq!(ledger.verdict(&records(&[1, 3], "3")), ["server 1 read 1 of w after 3 was acknowledged"]);
}
