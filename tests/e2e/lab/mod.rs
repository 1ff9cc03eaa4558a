//! A machine for one test: made by [`Lab::start`], taken apart when dropped, whatever became of the test.

mod ask;
mod processes;

pub(crate) use ask::{Member, kill};
pub(crate) use processes::Component;
pub(crate) use tests::machine::{FirstProcess, Machine, said};
pub(crate) use tests::wait::{PATIENCE, same, until};

use processes::Processes;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One laboratory at a time.
static TURN: Mutex<()> = Mutex::new(());

/// A region of its own on a machine of its own.
pub(crate) struct Lab {
    pub(crate) machine: Machine,
    processes: Processes,
    _turn: MutexGuard<'static, ()>,
}

impl Lab {
    /// A region with server, DNS and agent, and nothing in it.
    pub(crate) fn start() -> Self {
        // A test that failed has cleaned up all the same.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lab = Self { machine: Machine::new('e'), processes: Processes::default(), _turn: turn };
        for component in [Component::Server, Component::Dns, Component::Agent] {
            lab.start_component(component);
        }
        lab
    }

    /// A region in which the two-tier example is real.
    pub(crate) fn with_two_tier() -> Self {
        let lab = Self::start();
        let example = tests::checkout().join("manifests/examples/two-tier");
        lab.ok(&["apply", "-f", &example.display().to_string()]);
        lab.ok(&["wait", "auto_scaling_group", "--for=status.stable=true"]);
        lab.ok(&["wait", "instance", "app", "--for=status.state=running"]);
        until("DNS names the web tier", PATIENCE, || {
            let (named, members) = (lab.addresses("web.hearth.test"), lab.member_addresses("web"));
            same(&named, &members)
        });
        lab
    }

    /// Starts `component` and waits until it says that it is ready.
    pub(crate) fn start_component(&mut self, component: Component) {
        self.processes.start(component, &self.machine);
    }

    /// Starts the server with more arguments than usual, and waits until it is ready.
    pub(crate) fn start_server(&mut self, arguments: &[&str]) {
        self.processes.start_with(Component::Server, arguments, &self.machine);
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) fn kill(&mut self, component: Component) {
        self.processes.kill(component);
    }

    /// Removes the region as a user would; says what is left of it anywhere on the machine.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.processes.kill_all();
        self.machine.purge().expect("the agent's purge works");
        self.machine.traces()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.processes.log_ends());
        }
        self.processes.kill_all();
        if let Err(failed) = self.machine.purge() {
            eprintln!("{failed}");
        }
    }
}
