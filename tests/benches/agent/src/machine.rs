//! A region with one agent.

use crate::Failure;
use std::fs;
use std::process::Stdio;
use tests_benches_instruments::Region;

/// Tells this agent's links and groups from others'.
const PREFIX: &str = "bnch";

pub(crate) struct Machine {
    pub(crate) region: Region,
    pub(crate) agent: u32,
}

impl Machine {
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut region = Region::start()?;
        let mut agent = region.hearth();
        agent.args(["agent", "--prefix", PREFIX, "--run-dir"]).arg(region.folder().join("run"));
        // As many instances as are asked for, whatever the machine.
        agent.args(["--allocation-ratio", "vcpus=100,memory=100"]);
        let agent = region.add(&mut agent, "agent")?;
        Ok(Self { region, agent })
    }

    /// Instances whose first process began.
    pub(crate) fn begun(&self) -> usize {
        let entries =
            fs::read_dir(self.region.folder().join("run/instances")).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().join("process").exists()).count()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.region.stop();
        let mut purge = self.region.hearth();
        purge
            .args(["agent", "--purge", "--prefix", PREFIX, "--run-dir"])
            .arg(self.region.folder().join("run"));
        if !purge.stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
            eprintln!("something of the agent is left: hearth agent --purge --prefix {PREFIX}");
        }
    }
}
