//! What nodes and instances use: the agents are asked, all at once, and their answers become rows. Nothing is kept and
//! nothing is asked for while nobody wants to know; the log never hears of it.
//!
//! A node that does not answer in time has no figures, and neither have its instances; the others have theirs.

use super::{NativeDoor, kind, rows};
use crate::agents::{CallEvent, RunningCall};
use controlplane_proto::agent::{Call, InstanceUsage, MachineUsage, Usage, UsageReport, call};
use controlplane_proto::api;
use controlplane_services_ec2::instance::{Instance, State};
use controlplane_services_ec2::instance_type;
use controlplane_services_kernel::Reader;
use controlplane_services_native::Node;
use futures::future::join_all;
use prost::Message;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tonic::Status;

/// An agent takes a second to measure.
const PATIENCE: Duration = Duration::from_secs(5);
/// A report of ten thousand instances has less.
const MOST_BYTES: usize = 4 << 20;
const UNKNOWN: &str = "<unknown>";

const NODES: &[&str] = &["NAME", "CPU", "CPU%", "MEMORY", "MEMORY%", "TASKS", "DISK", "DISK%"];
const INSTANCES: &[&str] =
    &["NAME", "ID", "NODE", "CPU", "CPU%", "MEMORY", "MEMORY%", "TASKS", "RECEIVED", "SENT"];

/// Reports by node.
type Reports = BTreeMap<String, UsageReport>;

pub(super) async fn serve(door: &NativeDoor, request: api::TopRequest) -> Result<api::TopResponse, Status> {
    let kind = kind(&request.kind)?;
    let reader = door.reader().await?;
    let found = rows::list(&reader, kind, &request.name)?;
    let (columns, rows) = match kind.name {
        "node" => (NODES, nodes(door, &reader, found).await),
        "instance" => (INSTANCES, instances(door, &reader, found, !request.name.is_empty()).await?),
        other => {
            return Err(Status::invalid_argument(format!("{other}: only nodes and instances are measured")));
        }
    };
    let column = |name: &&str| api::Column { name: (*name).to_owned(), wide: false };
    Ok(api::TopResponse { columns: columns.iter().map(column).collect(), rows })
}

async fn nodes(door: &NativeDoor, reader: &Reader, found: Vec<api::Row>) -> Vec<api::Row> {
    let reports = ask(door, found.iter().map(|row| row.id.clone()).collect()).await;
    let row = |row: api::Row| {
        let node = reader.view.get::<Node>(&Node::key(&reader.caller.region, &row.id));
        let vcpus = node.map_or(0, |node| node.capacity.vcpus);
        let used = reports.get(&row.id).and_then(|report| report.machine);
        let (cells, usage) = used.map(|used| machine(&used, vcpus)).unzip();
        measured(row, vec![], cells, NODES.len(), usage)
    };
    found.into_iter().map(row).collect()
}

async fn instances(
    door: &NativeDoor,
    reader: &Reader,
    found: Vec<api::Row>,
    named: bool,
) -> Result<Vec<api::Row>, Status> {
    let mut running = Vec::new();
    for row in found {
        match reader.get::<Instance>(&row.id) {
            Some(record) if record.state == State::Running => running.push((row, record)),
            Some(_) if named => {
                return Err(Status::failed_precondition(format!("{} does not run", row.id)));
            }
            _ => {}
        }
    }
    let on = |record: &Instance| record.node.as_ref().map(ToString::to_string).unwrap_or_default();
    let reports = ask(door, running.iter().map(|(_, record)| on(record)).collect()).await;
    let row = |(row, record): (api::Row, &Instance)| {
        let node = on(record);
        let size = instance_type::find(&record.instance_type);
        let granted = size.map_or((0, 0), |size| (size.vcpus, size.memory_mib));
        let used = reports.get(&node).and_then(|report| report.instances.iter().find(|one| one.id == row.id));
        let (cells, usage) = used.map(|used| instance(used, granted)).unzip();
        let id = row.id.clone();
        measured(row, vec![id, node], cells, INSTANCES.len(), usage)
    };
    Ok(running.into_iter().map(row).collect())
}

/// The row of a record with other cells: its name, what is known anyway, what was measured.
fn measured(
    row: api::Row,
    known: Vec<String>,
    cells: Option<Vec<String>>,
    width: usize,
    usage: Option<Value>,
) -> api::Row {
    let name = if row.name.is_empty() { row.id.clone() } else { row.name.clone() };
    let mut all: Vec<String> =
        std::iter::once(name).chain(known).chain(cells.into_iter().flatten()).collect();
    all.resize(width, UNKNOWN.to_owned());
    let mut object: Value = serde_json::from_str(&row.json).unwrap_or_default();
    object["usage"] = usage.unwrap_or_default();
    api::Row { cells: all, json: object.to_string(), ..row }
}

fn machine(used: &MachineUsage, vcpus: u32) -> (Vec<String>, Value) {
    let cells = vec![
        cpu(used.cpu_millis),
        percent(used.cpu_millis, u64::from(vcpus) * 1000),
        size(used.memory_bytes),
        percent(used.memory_bytes, used.memory_total_bytes),
        used.tasks.to_string(),
        size(used.disk_bytes),
        percent(used.disk_bytes, used.disk_total_bytes),
    ];
    let usage = json!({
        "cpuMillis": used.cpu_millis, "memoryBytes": used.memory_bytes, "tasks": used.tasks,
        "diskBytes": used.disk_bytes,
    });
    (cells, usage)
}

/// In hundredths of what the instance type grants: `vcpus` and MiB of memory.
fn instance(used: &InstanceUsage, granted: (u32, u64)) -> (Vec<String>, Value) {
    let cells = vec![
        cpu(used.cpu_millis),
        percent(used.cpu_millis, u64::from(granted.0) * 1000),
        size(used.memory_bytes),
        percent(used.memory_bytes, granted.1 << 20),
        used.tasks.to_string(),
        size(used.received_bytes),
        size(used.sent_bytes),
    ];
    let usage = json!({
        "cpuMillis": used.cpu_millis, "memoryBytes": used.memory_bytes, "tasks": used.tasks,
        "receivedBytes": used.received_bytes, "sentBytes": used.sent_bytes,
    });
    (cells, usage)
}

/// As Kubernetes writes it: thousandths of a processor.
fn cpu(millis: u64) -> String {
    format!("{millis}m")
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes}B"),
        1024..1_048_576 => format!("{}Ki", bytes >> 10),
        _ => format!("{}Mi", bytes >> 20),
    }
}

fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => UNKNOWN.to_owned(),
        whole => format!("{}%", u128::from(part) * 100 / u128::from(whole)),
    }
}

/// What the agents of `nodes` say; those that say nothing in time are left out.
async fn ask(door: &NativeDoor, nodes: BTreeSet<String>) -> Reports {
    let one = async |node: String| {
        let call = Call { id: 0, call: Some(call::Call::Usage(Usage {})) };
        let running = door.core.agents.call(&node, call).ok()?;
        let report = tokio::select! {
            biased;
            report = hear(running) => report,
            () = door.core.runtime.sleep(PATIENCE) => None,
        };
        report.map(|report| (node, report))
    };
    join_all(nodes.into_iter().filter(|node| !node.is_empty()).map(one)).await.into_iter().flatten().collect()
}

async fn hear(mut running: RunningCall) -> Option<UsageReport> {
    let mut answer = Vec::new();
    loop {
        match running.next().await {
            CallEvent::Output { stdout, .. } if answer.len() + stdout.len() <= MOST_BYTES => {
                answer.extend(stdout)
            }
            CallEvent::Output { .. } | CallEvent::Failed(_) => return None,
            CallEvent::Ended(_) => return UsageReport::decode(answer.as_slice()).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_what_people_read() {
        let used = InstanceUsage {
            id: "i-1".into(),
            cpu_millis: 250,
            memory_bytes: 64 << 20,
            tasks: 3,
            received_bytes: 900,
            sent_bytes: 2 << 10,
        };
        let (cells, usage) = instance(&used, (2, 512));
        assert_eq!(cells, ["250m", "12%", "64Mi", "12%", "3", "900B", "2Ki"]);
        assert_eq!(usage["cpuMillis"], 250);
        let row =
            api::Row { id: "i-1".into(), json: "{\"kind\":\"instance\"}".into(), ..api::Row::default() };
        let silent = measured(row.clone(), vec!["i-1".into(), "n1".into()], None, INSTANCES.len(), None);
        assert_eq!(silent.cells[..4], ["i-1", "i-1", "n1", UNKNOWN]);
        assert_eq!(silent.cells.len(), INSTANCES.len());
        assert_eq!(silent.json, "{\"kind\":\"instance\",\"usage\":null}");
        assert_eq!((percent(1, 0).as_str(), percent(u64::MAX, 1).len()), (UNKNOWN, 23));
    }
}
