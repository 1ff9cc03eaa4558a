//! The three components, each a process of its own, with its log in a file.

use super::machine::Machine;
use super::{PATIENCE, until};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Child, Stdio};

const READY: &str = "hearth: ready";

/// What a region consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Component {
    Server,
    Agent,
    Dns,
}

impl Component {
    fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Agent => "agent",
            Self::Dns => "dns",
        }
    }

    fn arguments(self, machine: &Machine) -> Vec<String> {
        match self {
            Self::Agent => machine.agent_arguments(),
            Self::Server | Self::Dns => Vec::new(),
        }
    }
}

/// What runs.
#[derive(Default)]
pub(super) struct Processes(BTreeMap<Component, Child>);

impl Processes {
    pub(super) fn start(&mut self, component: Component, machine: &Machine) {
        let log = machine.folder().join(component.name());
        let output = File::create(&log).unwrap();
        let mut command = machine.hearth();
        command.arg(component.name()).args(component.arguments(machine));
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let child = command.spawn().unwrap();
        assert!(self.0.insert(component, child).is_none(), "{component:?} runs already");
        until(&format!("{component:?} is ready"), PATIENCE, || {
            let text = fs::read_to_string(&log).unwrap_or_default();
            text.lines().any(|line| line == READY).then_some(()).ok_or(text)
        });
    }

    pub(super) fn kill(&mut self, component: Component) {
        let mut child = self.0.remove(&component).unwrap_or_else(|| panic!("{component:?} does not run"));
        assert!(matches!(child.try_wait(), Ok(None)), "{component:?} has ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(super) fn kill_all(&mut self) {
        for (_, mut child) in std::mem::take(&mut self.0) {
            // One that ended by itself cannot be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// For a failed test.
    pub(super) fn log_ends(&self, machine: &Machine) -> String {
        let end = |component: Component| {
            let text = fs::read_to_string(machine.folder().join(component.name())).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let end = lines[lines.len().saturating_sub(15)..].join("\n");
            format!("--- {component:?}\n{end}\n")
        };
        [Component::Server, Component::Agent, Component::Dns].map(end).concat()
    }
}
