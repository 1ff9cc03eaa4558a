//! The three components, each a process of its own.

use super::Machine;
use std::collections::BTreeMap;
use tests::process::Process;

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
            Self::Agent => {
                let dns = ["--dns-server", "127.0.0.1:5353"].map(str::to_owned);
                machine.agent_arguments().into_iter().chain(dns).collect()
            }
            Self::Server => vec!["--bootstrap".to_owned()],
            Self::Dns => Vec::new(),
        }
    }
}

/// What runs.
#[derive(Default)]
pub(super) struct Processes(BTreeMap<Component, Process>);

impl Processes {
    pub(super) fn start(&mut self, component: Component, machine: &Machine) {
        self.start_with(component, &[], machine);
    }

    pub(super) fn start_with(&mut self, component: Component, more: &[&str], machine: &Machine) {
        assert!(!self.0.contains_key(&component), "{component:?} runs already");
        let mut command = machine.hearth();
        command.arg(component.name()).args(component.arguments(machine)).args(more);
        let mut process = Process::start(command, &machine.folder().join(component.name()));
        process.until_ready();
        self.0.insert(component, process);
    }

    pub(super) fn kill(&mut self, component: Component) {
        let process = self.0.remove(&component);
        process.unwrap_or_else(|| panic!("{component:?} does not run")).kill();
    }

    pub(super) fn kill_all(&mut self) {
        self.0.clear();
    }

    /// For a failed test.
    pub(super) fn log_ends(&self) -> String {
        self.0
            .iter()
            .map(|(component, process)| format!("--- {component:?}\n{}\n", process.log_end()))
            .collect()
    }
}
