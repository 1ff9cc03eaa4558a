//! What an agent could leave behind, looked for with the system's own tools and not with the agent's.

use super::{Machine, said};
use std::process::Command;

impl Machine {
    /// Everything on the machine that bears this machine's names; nothing after a purge.
    pub fn traces(&self) -> Vec<String> {
        let mut traces = self.links();
        traces.extend(self.tables());
        traces.extend(self.mounts().iter().map(|point| format!("mount {}", point.display())));
        traces.extend(self.control_groups().iter().map(|group| format!("control group {}", group.display())));
        traces.extend(self.processes().iter().map(|pid| format!("process {pid}")));
        traces.extend(self.run_dir().exists().then(|| "run folder".to_owned()));
        traces
    }

    /// In the machine's own namespace; a VPC's namespace is a mount or it is gone.
    fn links(&self) -> Vec<String> {
        let links = text(self.command("ip").args(["-brief", "link"]));
        let names = links.lines().filter_map(|line| line.split([' ', '@']).next());
        names.filter(|name| *name != "lo").map(|name| format!("link {name}")).collect()
    }

    fn tables(&self) -> Vec<String> {
        text(self.command("nft").args(["list", "tables"])).lines().map(str::to_owned).collect()
    }
}

fn text(command: &mut Command) -> String {
    let output = command.output().expect("the tool runs");
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}
