//! The search for an order.

use super::{ABSENT, Op, Operation, Value};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Sets of operations tried before the search gives up. A history of the simulation needs a few hundred.
const LIMIT: usize = 2_000_000;

/// A history with too many operations at once to be judged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no verdict after {LIMIT} attempts: too many operations overlap")]
pub struct TooHard;

/// What the search found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is an order.
    Linearizable,
    /// There is none; the longest one that could be found, and what does not fit behind it, for people.
    Violated(String),
}

/// Judges the history of one register that held [`ABSENT`] at the beginning.
pub fn check(history: &[Operation]) -> Result<Verdict, TooHard> {
    let mut operations: Vec<&Operation> = relevant(history);
    operations.sort_by_key(|operation| operation.called);
    Search::new(operations).run()
}

/// Without pending operations that need not be explained: reads, and writes of values that nobody saw. A write that may
/// never have happened is only needed if something proves it; where a swap was refused, any write may be the proof.
fn relevant(history: &[Operation]) -> Vec<&Operation> {
    let proven: BTreeSet<Value> = history.iter().filter_map(|operation| operation.op.proves()).collect();
    let any_counts = history.iter().any(|operation| matches!(operation.op, Op::SwapRefused(_)));
    let counts = |operation: &&Operation| {
        let leaves = operation.op.leaves();
        operation.returned.is_some() || leaves.is_some_and(|value| any_counts || proven.contains(&value))
    };
    history.iter().filter(counts).collect()
}

/// Which operations have their place.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Placed(Vec<u64>);

impl Placed {
    fn contains(&self, index: usize) -> bool {
        self.0[index / 64] & (1 << (index % 64)) != 0
    }

    fn flip(&mut self, index: usize) {
        self.0[index / 64] ^= 1 << (index % 64);
    }
}

struct Search<'h> {
    /// In the order in which they began.
    operations: Vec<&'h Operation>,
    placed: Placed,
    value: Value,
    /// The order so far, each with the value before it.
    order: Vec<(usize, Value)>,
    tried: BTreeSet<(Placed, Value)>,
    longest: Vec<usize>,
}

impl<'h> Search<'h> {
    fn new(operations: Vec<&'h Operation>) -> Self {
        let placed = Placed(vec![0; operations.len().div_ceil(64)]);
        Self {
            operations,
            placed,
            value: ABSENT,
            order: Vec::new(),
            tried: BTreeSet::new(),
            longest: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Verdict, TooHard> {
        let mut from = 0;
        while !self.is_complete() {
            if let Some((index, after)) = self.candidate(from) {
                from = if self.place(index, after) { 0 } else { index + 1 };
            } else if let Some((index, before)) = self.order.pop() {
                self.placed.flip(index);
                self.value = before;
                from = index + 1;
            } else {
                return Ok(Verdict::Violated(self.explain()));
            }
            if self.tried.len() > LIMIT {
                return Err(TooHard);
            }
        }
        Ok(Verdict::Linearizable)
    }

    fn left(&self) -> impl Iterator<Item = (usize, &'h Operation)> {
        let all = self.operations.iter().copied().enumerate();
        all.filter(|(index, _)| !self.placed.contains(*index))
    }

    fn is_complete(&self) -> bool {
        self.left().all(|(_, operation)| operation.returned.is_none())
    }

    /// The next operation at or behind `from` that may come now, and the value it leaves.
    fn candidate(&self, from: usize) -> Option<(usize, Value)> {
        // Whoever has ended must come before whoever began later.
        let deadline = self.left().filter_map(|(_, operation)| operation.returned).min()?;
        let began = self.left().take_while(|(_, operation)| operation.called < deadline);
        began
            .filter(|(index, operation)| *index >= from && self.is_first_of_its_kind(*index, operation))
            .find_map(|(index, operation)| Some((index, operation.op.apply(self.value)?)))
    }

    /// Of pending operations that do the same, whichever began first can stand for any other: trying them all would
    /// double the work with each.
    fn is_first_of_its_kind(&self, index: usize, operation: &Operation) -> bool {
        let earlier = || self.left().take_while(|(other, _)| *other < index);
        let same = |other: &Operation| other.returned.is_none() && other.op == operation.op;
        operation.returned.is_some() || !earlier().any(|(_, other)| same(other))
    }

    /// Puts an operation next, unless the same was tried before.
    fn place(&mut self, index: usize, after: Value) -> bool {
        self.placed.flip(index);
        if !self.tried.insert((self.placed.clone(), after)) {
            self.placed.flip(index);
            return false;
        }
        self.order.push((index, self.value));
        self.value = after;
        if self.order.len() > self.longest.len() {
            self.longest = self.order.iter().map(|(index, _)| *index).collect();
        }
        true
    }

    fn explain(&self) -> String {
        let mut text = String::from("no order explains it. The longest one that does so far:\n");
        for index in &self.longest {
            self.describe(*index, &mut text);
        }
        text.push_str("and behind it fits none of\n");
        for index in (0..self.operations.len()).filter(|index| !self.longest.contains(index)) {
            self.describe(index, &mut text);
        }
        text
    }

    fn describe(&self, index: usize, text: &mut String) {
        let Operation { client, called, returned, op } = self.operations[index];
        let end = returned.map_or_else(|| "?".to_owned(), |returned| returned.to_string());
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {called:>6} to {end:>6}  {client}: {op:?}");
    }
}
