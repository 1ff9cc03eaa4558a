//! dnsperf, and what it says.

use crate::workload::Workload;
use std::path::Path;
use std::process::Command;
use tests_benches_instruments::{Failure, field};

/// One run of dnsperf.
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) core: usize,
    pub(crate) seconds: u32,
}

/// What came back.
pub(crate) struct Answered {
    pub(crate) queries: f64,
    pub(crate) per_second: f64,
    /// Of an answer.
    pub(crate) octets: f64,
}

impl Load {
    /// Asks the questions of a file, again and again, for another network in each round; every answer has to have the code
    /// that the workload wants.
    pub(crate) fn run(
        &self,
        questions: &Path,
        workload: Workload,
        round: usize,
    ) -> Result<Answered, Failure> {
        let option = workload.client_subnet(round);
        let output = Command::new("taskset")
            .args(["--cpu-list", &self.core.to_string(), "dnsperf", "-s", "127.0.0.1"])
            .args(["-p", &self.port.to_string(), "-l", &self.seconds.to_string(), "-d"])
            .arg(questions)
            .args(workload.wants_signatures().then_some("-D"))
            .args(option.iter().flat_map(|option| ["-e", "-E", option]))
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let text: String = text.lines().map(|line| format!("{}\n", line.trim_start())).collect();
        let queries = field(&text, "Queries completed:")?;
        let rcodes = text.lines().find_map(|line| line.strip_prefix("Response codes:")).unwrap_or_default();
        let expected = format!("{} {queries} (100.00%)", workload.rcode());
        if queries == 0.0 || rcodes.trim() != expected {
            return Err(format!("{workload}: {rcodes} instead of {expected}").into());
        }
        let sizes =
            text.lines().find_map(|line| line.strip_prefix("Average packet size:")).unwrap_or_default();
        let octets = sizes.rsplit_once("response ").ok_or("no size")?.1.trim().parse()?;
        Ok(Answered { queries, per_second: field(&text, "Queries per second:")?, octets })
    }
}
