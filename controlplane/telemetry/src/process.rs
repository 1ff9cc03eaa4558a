//! The process itself: what it costs, and how it was started.

use crate::logs::{self, LogsError};
use crate::metrics::{self, Page, catalogue};

/// Ticks of the kernel's process accounting in a second; 100 on every Linux that Hearth runs on.
const TICKS_PER_SECOND: f64 = 100.0;
/// Settings from the environment that explain how a process behaves. Everything else there is nobody's business.
const SETTINGS: [&str; 7] = [
    "HEARTH_DATA_DIR",
    "HEARTH_SERVER",
    "HEARTH_LOG",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_SERVICE_NAME",
];
/// Parts of the names of flags whose values are nobody's business.
const SECRET_FLAGS: [&str; 4] = ["token", "secret", "password", "private"];

/// Version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Adds what the kernel says of this process; what it does not say is left out.
pub(crate) fn tell(page: &mut Page) {
    page.add(&catalogue::BUILD_INFO, &[VERSION], 1.0);
    let read = |file: &str| std::fs::read_to_string(file).ok();
    if let Some(seconds) = read("/proc/self/stat").as_deref().and_then(cpu_seconds) {
        page.add(&catalogue::PROCESS_CPU_SECONDS, &[], seconds);
    }
    if let Some(bytes) = read("/proc/self/status").as_deref().and_then(resident_bytes) {
        page.add(&catalogue::PROCESS_RESIDENT_BYTES, &[], bytes);
    }
    if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
        page.add(&catalogue::PROCESS_OPEN_FDS, &[], entries.count() as f64);
    }
}

/// From `/proc/PID/stat` (proc(5): utime and stime are fields 14 and 15).
fn cpu_seconds(stat: &str) -> Option<f64> {
    // The name in field 2 may hold anything but ends at the last parenthesis.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    Some((ticks(14)? + ticks(15)?) / TICKS_PER_SECOND)
}

/// From `/proc/PID/status`, which counts in KiB whatever the size of a page is.
fn resident_bytes(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

/// How this process was started: its arguments and the settings of its environment, without values that are secret.
pub fn configuration() -> Vec<String> {
    let arguments = shown(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()));
    let settings = SETTINGS.iter().filter_map(|name| Some(format!("{name}={}", std::env::var(name).ok()?)));
    arguments.into_iter().chain(settings).collect()
}

/// What a process says of itself to whoever looks into it.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The log levels in force.
    pub levels: String,
    /// See [`configuration`].
    pub configuration: Vec<String>,
    /// Prometheus's text form; empty unless all was asked for.
    pub metrics: String,
    /// The newest log lines; empty unless all was asked for.
    pub logs: String,
}

/// Sets log `levels`, unless they are empty, and tells of this process; `whole`: with metrics and log lines.
pub fn inspect(levels: &str, whole: bool) -> Result<Seen, LogsError> {
    let levels = if levels.is_empty() { logs::levels()? } else { logs::set_levels(levels)? };
    let (metrics, logs) = if whole { (metrics::render(), logs::recent()) } else { Default::default() };
    Ok(Seen { levels, configuration: configuration(), metrics, logs })
}

/// Arguments with the values of secret flags left out, both as `--flag=value` and as `--flag value`.
fn shown(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let mut secret_follows = false;
    let show = |argument: String| {
        let hidden = std::mem::take(&mut secret_follows);
        let (flag, value) = match argument.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (argument.as_str(), None),
        };
        let secret = flag.starts_with("--") && SECRET_FLAGS.iter().any(|part| flag.contains(part));
        match (secret, value) {
            (true, Some(_)) => format!("{flag}=[redacted]"),
            (true, None) => {
                secret_follows = true;
                argument
            }
            _ if hidden => "[redacted]".to_owned(),
            _ => argument,
        }
    };
    arguments.map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_arguments_are_not_shown() {
        let given =
            "hearth dev --secret-access-key abc --region us-east-1 --token=hearth1xyz --access-key-id AKIA1";
        let shown = shown(given.split(' ').map(str::to_owned)).join(" ");
        let expected = "hearth dev --secret-access-key [redacted] --region us-east-1 --token=[redacted] --access-key-id AKIA1";
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_name_of_a_process_may_hold_anything() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 1 1000 10";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds("7 (a) S 1"), None);
        assert_eq!(resident_bytes("VmPeak: 9 kB\nVmRSS:\t      40 kB\n"), Some(40960.0));
    }
}
