//! What the agent remembers of a run, learned from what it observes and never from what it ordered: a start that
//! was ordered may not have happened, and one that happened may not have been noted.

use crate::backend::{InstanceState, ObservedInstance};
use crate::ledger::runs::{Exit, RunMemory};

/// The memory after one more look at the machine.
pub fn learn(
    memory: Option<&RunMemory>,
    observed: Option<&ObservedInstance>,
    boot_id: &str,
) -> Option<RunMemory> {
    let Some(observed) = observed else {
        return memory.cloned();
    };
    let known = memory.filter(|memory| memory.run == observed.run);
    match observed.state {
        InstanceState::Running => Some(running(known, observed.run, boot_id)),
        InstanceState::Exited { code, signal } => {
            Some(exited(known, observed.run, boot_id, Exit { code, signal }))
        }
        InstanceState::Stopped => memory.cloned(),
    }
}

fn running(known: Option<&RunMemory>, run: u64, boot_id: &str) -> RunMemory {
    let fresh = RunMemory { run, boot_id: boot_id.to_owned(), ..RunMemory::default() };
    match known {
        None => fresh,
        // Running in a boot other than the remembered one: it was started again since.
        Some(known) => RunMemory { restarts: known.restarts + u32::from(known.boot_id != boot_id), ..fresh },
    }
}

fn exited(known: Option<&RunMemory>, run: u64, boot_id: &str, exit: Exit) -> RunMemory {
    let fresh = || RunMemory { run, boot_id: boot_id.to_owned(), ..RunMemory::default() };
    RunMemory { exit: Some(exit), ..known.cloned().unwrap_or_else(fresh) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(run: u64, state: InstanceState) -> ObservedInstance {
        ObservedInstance { id: "i-1".into(), run, state, started_at_ms: 0 }
    }

    fn memory(run: u64, boot_id: &str, restarts: u32, exit: Option<Exit>) -> Option<RunMemory> {
        Some(RunMemory { run, boot_id: boot_id.into(), restarts, exit })
    }

    #[test]
    fn learns_from_what_it_sees() {
        let killed = Exit { code: 137, signal: 9 };
        let exited = InstanceState::Exited { code: 137, signal: 9 };
        let cases = [
            ("first sight", None, Some((1, InstanceState::Running)), memory(1, "b1", 0, None)),
            (
                "still there",
                memory(1, "b1", 2, None),
                Some((1, InstanceState::Running)),
                memory(1, "b1", 2, None),
            ),
            (
                "after a boot",
                memory(1, "b0", 2, None),
                Some((1, InstanceState::Running)),
                memory(1, "b1", 3, None),
            ),
            (
                "next run",
                memory(1, "b0", 2, None),
                Some((2, InstanceState::Running)),
                memory(2, "b1", 0, None),
            ),
            ("ended", memory(1, "b1", 2, None), Some((1, exited.clone())), memory(1, "b1", 2, Some(killed))),
            ("ended unseen", None, Some((1, exited)), memory(1, "b1", 0, Some(killed))),
            (
                "root only",
                memory(1, "b0", 2, None),
                Some((1, InstanceState::Stopped)),
                memory(1, "b0", 2, None),
            ),
            ("root only, unknown", None, Some((1, InstanceState::Stopped)), None),
            ("no trace", memory(1, "b1", 0, None), None, memory(1, "b1", 0, None)),
            ("nothing", None, None, None),
        ];
        for (name, before, seen, after) in cases {
            let seen = seen.map(|(run, state)| observed(run, state));
            assert_eq!(learn(before.as_ref(), seen.as_ref(), "b1"), after, "{name}");
        }
    }
}
