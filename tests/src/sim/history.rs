//! What clients did with registers and what they were told, in the order in which it happened.

use super::invariant::linearizable::{Op, Operation, Verdict, check};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All registers' histories; clones share them.
#[derive(Clone, Default)]
pub struct History(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    /// Raised by everything that happens: one thread runs the world, so this is real time.
    moment: u64,
    registers: BTreeMap<String, Vec<Operation>>,
}

/// An operation that was sent and has no answer yet.
pub struct Call {
    register: String,
    client: String,
    called: u64,
}

impl History {
    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `client` sends an operation on `register`.
    pub fn call(&self, register: &str, client: &str) -> Call {
        let mut recorded = self.lock();
        recorded.moment += 1;
        Call { register: register.to_owned(), client: client.to_owned(), called: recorded.moment }
    }

    /// It was answered: this is what it did.
    pub fn returned(&self, call: &Call, op: Op) {
        let mut recorded = self.lock();
        recorded.moment += 1;
        let returned = Some(recorded.moment);
        recorded.add(call, returned, op);
    }

    /// Nobody knows what became of it: this is what it may do at any time.
    pub fn unknown(&self, call: &Call, op: Op) {
        self.lock().add(call, None, op);
    }

    /// Operations in all, and how many of them have no known end.
    pub fn size(&self) -> (usize, usize) {
        let recorded = self.lock();
        let all = || recorded.registers.values().flatten();
        (all().count(), all().filter(|operation| operation.returned.is_none()).count())
    }

    /// Every register whose history no order explains.
    pub fn broken(&self) -> Vec<String> {
        let recorded = self.lock();
        let judged = recorded.registers.iter().filter_map(|(register, history)| match check(history) {
            Ok(Verdict::Linearizable) => None,
            Ok(Verdict::Violated(why)) => Some(format!("register {register}: {why}")),
            Err(error) => Some(format!("register {register}: {error}")),
        });
        judged.collect()
    }
}

impl Recorded {
    fn add(&mut self, call: &Call, returned: Option<u64>, op: Op) {
        let Call { register, client, called } = call;
        let operation = Operation { client: client.clone(), called: *called, returned, op };
        self.registers.entry(register.clone()).or_default().push(operation);
    }
}
