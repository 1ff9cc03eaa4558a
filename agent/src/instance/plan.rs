//! The pure difference for one instance.

use crate::backend::{InstanceState, ObservedInstance};
use crate::ledger::runs::{Exit, RunMemory};
use controlplane_proto::agent::instance::Target;
use controlplane_proto::agent::instance_status::State;
use controlplane_proto::agent::{Instance, InstanceStatus};

/// Everything that decides about one instance.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// Its id.
    pub id: &'a str,
    /// In the desired set.
    pub desired: Option<&'a Instance>,
    /// On the machine.
    pub observed: Option<&'a ObservedInstance>,
    /// In the ledger, after looking at the machine.
    pub memory: Option<&'a RunMemory>,
    /// Of the machine, now.
    pub boot_id: &'a str,
    /// Whether what a start needs is there.
    pub gate: &'a Gate,
    /// How the last action on it failed, if it did.
    pub failure: Option<&'a Failure>,
}

/// Whether image and network of an instance are ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may start.
    Open,
    /// Not yet; the text says what is missing.
    Wait(String),
    /// Not yet, and it may take long enough that people should hear of it.
    Notable(String),
    /// Never with this desired state; the text says why.
    Shut(String),
}

/// A failed action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the backend said.
    pub reason: String,
    /// Trying again is useless until the desired state changes.
    pub permanent: bool,
    /// The pause before the next attempt is over.
    pub ready: bool,
}

/// The next step for one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start it for the desired run.
    Start,
    /// End its processes, keep its root file system.
    Stop,
    /// Remove the stopped instance.
    Remove,
}

/// What to do and what to report.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// At most one step; the next look at the machine finds the one after it.
    pub action: Option<Action>,
    /// `None`: there is nothing on the machine and nothing desired.
    pub status: Option<InstanceStatus>,
    /// Whether its network interfaces must be there: it runs, or shall.
    pub attached: bool,
}

/// Decides. Level-triggered: the same situation gives the same plan.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let Some(desired) = situation.desired else {
        return end(situation);
    };
    match desired.target() {
        Target::Running => run(situation, desired),
        Target::Stopped => stop(situation, desired),
        Target::Terminated => end(situation),
    }
}

fn run(situation: &Situation<'_>, desired: &Instance) -> Plan {
    let Some(observed) = situation.observed else {
        return run_from_nothing(situation, desired);
    };
    // A newer run than the desired one (the ledger went one step back) is left alone too: the workload is right
    // and the number will be.
    let current = observed.run >= desired.run;
    match observed.state {
        InstanceState::Running if current => settled(situation, State::Running),
        InstanceState::Running => {
            act(situation, Action::Stop, status(situation, State::Pending, desired.run))
        }
        InstanceState::Exited { .. } if current => settled(situation, State::Exited),
        InstanceState::Stopped if current && ended_here(situation) => settled(situation, State::Exited),
        InstanceState::Exited { .. } | InstanceState::Stopped => start(situation, desired),
    }
}

fn run_from_nothing(situation: &Situation<'_>, desired: &Instance) -> Plan {
    if situation.memory.is_none() {
        return start(situation, desired);
    }
    let reason = "its root file system is no longer on the machine".to_owned();
    let gone = InstanceStatus { reason, ..status(situation, State::Gone, desired.run) };
    Plan { action: None, status: Some(gone), attached: false }
}

/// Only a root is left of the run. It ended by itself if its end was seen, or if it was seen running in this very
/// boot (nobody was there to see how it ended).
fn ended_here(situation: &Situation<'_>) -> bool {
    let of_this_run = |memory: &&RunMemory| situation.observed.is_some_and(|it| it.run == memory.run);
    let memory = situation.memory.filter(of_this_run);
    memory.is_some_and(|memory| memory.exit.is_some() || memory.boot_id == situation.boot_id)
}

fn start(situation: &Situation<'_>, desired: &Instance) -> Plan {
    let pending = status(situation, State::Pending, desired.run);
    let failed = |reason: &str| {
        let status =
            InstanceStatus { reason: reason.to_owned(), ..status(situation, State::Failed, desired.run) };
        // Its interfaces stay wanted: were they dropped, the error about one of them would go, and come, and go.
        Plan { action: None, status: Some(status), attached: true }
    };
    match (situation.gate, situation.failure) {
        (Gate::Shut(reason), _) => failed(reason),
        (_, Some(failure)) if failure.permanent => failed(&failure.reason),
        (Gate::Wait(reason), _) => waiting(pending, reason),
        (Gate::Notable(reason), _) => waiting(InstanceStatus { noteworthy: true, ..pending }, reason),
        (Gate::Open, Some(failure)) if !failure.ready => waiting(pending, &failure.reason),
        (Gate::Open, _) => act(situation, Action::Start, pending),
    }
}

/// Image and interfaces are being made for it.
fn waiting(pending: InstanceStatus, reason: &str) -> Plan {
    let status = InstanceStatus { reason: reason.to_owned(), ..pending };
    Plan { action: None, status: Some(status), attached: true }
}

fn stop(situation: &Situation<'_>, desired: &Instance) -> Plan {
    match situation.observed.map(|observed| &observed.state) {
        Some(InstanceState::Running) => {
            let running = observed_status(situation, State::Running);
            act(situation, Action::Stop, running)
        }
        Some(_) => settled(situation, State::Stopped),
        None if situation.memory.is_some() => run_from_nothing(situation, desired),
        None => settled_for(status(situation, State::Stopped, desired.run)),
    }
}

fn end(situation: &Situation<'_>) -> Plan {
    match situation.observed.map(|observed| &observed.state) {
        Some(InstanceState::Running) => {
            act(situation, Action::Stop, observed_status(situation, State::Running))
        }
        Some(InstanceState::Exited { .. }) => {
            act(situation, Action::Remove, observed_status(situation, State::Exited))
        }
        Some(InstanceState::Stopped) => {
            act(situation, Action::Remove, observed_status(situation, State::Stopped))
        }
        None => {
            let gone = situation.desired.map(|desired| status(situation, State::Gone, desired.run));
            Plan { action: None, status: gone, attached: false }
        }
    }
}

/// One step, unless the last one failed a moment ago.
fn act(situation: &Situation<'_>, action: Action, status: InstanceStatus) -> Plan {
    let attached = action != Action::Remove;
    match situation.failure {
        Some(failure) if !failure.ready => {
            let status = InstanceStatus { reason: failure.reason.clone(), ..status };
            Plan { action: None, status: Some(status), attached }
        }
        _ => Plan { action: Some(action), status: Some(status), attached },
    }
}

fn settled(situation: &Situation<'_>, state: State) -> Plan {
    settled_for(observed_status(situation, state))
}

fn settled_for(status: InstanceStatus) -> Plan {
    let attached = status.state() == State::Running;
    Plan { action: None, status: Some(status), attached }
}

fn status(situation: &Situation<'_>, state: State, run: u64) -> InstanceStatus {
    let mut status = InstanceStatus { id: situation.id.to_owned(), run, ..InstanceStatus::default() };
    status.set_state(state);
    status
}

/// A status of the run that is on the machine.
fn observed_status(situation: &Situation<'_>, state: State) -> InstanceStatus {
    let Some(observed) = situation.observed else {
        return status(situation, state, 0);
    };
    let memory = situation.memory.filter(|memory| memory.run == observed.run);
    let mut status = status(situation, state, observed.run);
    status.started_at_ms = observed.started_at_ms;
    status.restarts = memory.map_or(0, |memory| memory.restarts);
    if state == State::Exited {
        add_exit(&mut status, &observed.state, memory.and_then(|memory| memory.exit));
    }
    status
}

fn add_exit(status: &mut InstanceStatus, state: &InstanceState, remembered: Option<Exit>) {
    let seen = match *state {
        InstanceState::Exited { code, signal } => Some(Exit { code, signal }),
        InstanceState::Running | InstanceState::Stopped => remembered,
    };
    match seen {
        Some(exit) => (status.exit_code, status.signal) = (exit.code, exit.signal),
        None => status.reason = "it ended and nobody saw how".to_owned(),
    }
}

#[cfg(test)]
mod tests;
