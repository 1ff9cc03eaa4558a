//! One fault: how it begins and how it is repaired.

use crate::sim::region::Region;
use crate::sim::server::{slow, syncs_take_time};
use controlplane_raft::NodeId;
use controlplane_raft::runtime::sim::Random;
use controlplane_raft::store::Faults;
use controlplane_raft::transport::sim::Weather;
use std::time::Duration;

/// How far a clock jumps at most, either way.
const CLOCK_JUMP_MS: u64 = 20_000;
/// What a filling disk has left at most.
const LAST_BYTES: u64 = 64 * 1024;

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A server's process is killed.
    Crash,
    /// A server's power fails: what was not synced is lost.
    PowerCut,
    /// The power of all servers fails at once.
    Blackout,
    /// A server's process stops and goes on later.
    Pause,
    /// Some servers are cut off from the others.
    Partition,
    /// Messages from one server to another are lost, not those back.
    OneWay,
    /// Messages are late, lost, doubled and overtake each other.
    Weather,
    /// A server's wall clock jumps.
    ClockJump,
    /// A server's disks answer slowly.
    SlowDisk,
    /// A server's disk fills up.
    FullDisk,
    /// A server writes a snapshot and drops the log behind it.
    Compaction,
    /// The leader hands over.
    HandOver,
    /// An agent is killed; its instances run on.
    AgentCrash,
    /// A machine's power fails.
    MachinePower,
    /// A machine is cut off from all servers.
    MachineLine,
    /// A machine stops with all it runs and goes on later.
    MachinePause,
    /// A machine's wall clock jumps.
    MachineClock,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Crash,
        Self::PowerCut,
        Self::Blackout,
        Self::Pause,
        Self::Partition,
        Self::OneWay,
        Self::Weather,
        Self::ClockJump,
        Self::SlowDisk,
        Self::FullDisk,
        Self::Compaction,
        Self::HandOver,
        Self::AgentCrash,
        Self::MachinePower,
        Self::MachineLine,
        Self::MachinePause,
        Self::MachineClock,
    ];
}

/// What ends a fault.
pub(super) enum Repair {
    Start(Vec<NodeId>),
    Resume(NodeId),
    Heal,
    FairWeather,
    Clock(NodeId),
    Disks(NodeId),
    Agent(usize),
    Power(usize),
    Line(usize),
    MachineResume(usize),
    MachineClock(usize),
    /// It is over already.
    Nothing,
}

/// Begins a fault; what happened and what repairs it. `None` when there is nothing it could happen to.
pub(super) fn strike(kind: Kind, region: &mut Region, random: &mut Random) -> Option<(String, Repair)> {
    match kind {
        Kind::Crash | Kind::PowerCut | Kind::Blackout => end_servers(kind, region, random),
        Kind::Partition | Kind::OneWay | Kind::Weather => network(kind, region, random),
        Kind::Pause | Kind::ClockJump | Kind::SlowDisk | Kind::FullDisk => server(kind, region, random),
        Kind::Compaction | Kind::HandOver => raft(kind, region, random),
        _ => machine(kind, region, random),
    }
}

fn any<T: Copy>(all: &[T], random: &mut Random) -> Option<T> {
    all.get(random.below(all.len() as u64) as usize).copied()
}

fn end_servers(kind: Kind, region: &Region, random: &mut Random) -> Option<(String, Repair)> {
    let servers = &region.servers;
    let victims = match kind {
        Kind::Blackout => servers.running(),
        _ => vec![victim(region, random)?],
    };
    for id in &victims {
        match kind {
            Kind::Crash => servers.crash(*id),
            _ => servers.power_off(*id),
        }
    }
    Some((format!("{kind:?} of servers {victims:?}"), Repair::Start(victims)))
}

/// Every other time the leader, whose loss is the most interesting.
fn victim(region: &Region, random: &mut Random) -> Option<NodeId> {
    let leader = region.servers.leader().map(|(id, _)| id).filter(|_| random.chance(50));
    leader.or_else(|| any(&region.servers.running(), random))
}

fn network(kind: Kind, region: &Region, random: &mut Random) -> Option<(String, Repair)> {
    let (servers, ids) = (&region.servers, region.servers.ids());
    match kind {
        Kind::Partition => {
            let island: Vec<NodeId> = ids.iter().copied().filter(|_| random.chance(40)).collect();
            servers.network.partition(&island, &ids);
            Some((format!("servers {island:?} are cut off from the others"), Repair::Heal))
        }
        Kind::OneWay => {
            let (from, to) = (any(&ids, random)?, any(&ids, random)?);
            servers.network.cut_one_way(from, to);
            Some((format!("messages from server {from} to {to} are lost"), Repair::Heal))
        }
        _ => {
            let weather = Weather {
                delay: Duration::from_micros(100)..Duration::from_millis(1 + random.below(80)),
                loss_percent: random.below(12) as u8,
                doubled_percent: random.below(20) as u8,
            };
            servers.set_weather(&weather);
            Some((format!("{weather:?}"), Repair::FairWeather))
        }
    }
}

fn server(kind: Kind, region: &Region, random: &mut Random) -> Option<(String, Repair)> {
    let servers = &region.servers;
    let id = victim(region, random)?;
    match kind {
        Kind::Pause => {
            servers.pause(id);
            Some((format!("server {id} is paused"), Repair::Resume(id)))
        }
        Kind::ClockJump => {
            let offset = jump(random);
            servers.set_clock(id, offset);
            Some((format!("the clock of server {id} is {offset} ms off"), Repair::Clock(id)))
        }
        Kind::SlowDisk => {
            let slowest = 10 + random.below(500);
            servers.log_disk(id).set_faults(slow(1, slowest));
            servers.state_disk(id).set_faults(slow(0, slowest));
            Some((format!("the disks of server {id} take up to {slowest} ms"), Repair::Disks(id)))
        }
        _ => {
            let disk = if random.chance(50) { servers.log_disk(id) } else { servers.state_disk(id) };
            let left = random.below(LAST_BYTES) as usize;
            let capacity_bytes = Some(disk.used_bytes() + left);
            disk.set_faults(Faults { capacity_bytes, ..syncs_take_time() });
            Some((format!("a disk of server {id} has {left} bytes left"), Repair::Disks(id)))
        }
    }
}

fn jump(random: &mut Random) -> i64 {
    random.below(2 * CLOCK_JUMP_MS) as i64 - CLOCK_JUMP_MS as i64
}

fn raft(kind: Kind, region: &Region, random: &mut Random) -> Option<(String, Repair)> {
    let servers = &region.servers;
    let (leader, _) = servers.leader()?;
    let id = any(&servers.running(), random)?;
    let asked = if kind == Kind::HandOver { leader } else { id };
    let node = servers.core(asked)?.node;
    let what = match kind {
        Kind::HandOver => format!("server {leader} hands over to {id}"),
        _ => format!("server {id} compacts its log"),
    };
    let task = async move {
        // A node that has stopped does neither, which is a fault of its own.
        let _ = match kind {
            Kind::HandOver => node.transfer_leader(id).await.is_ok(),
            _ => node.snapshot().await.is_ok(),
        };
    };
    controlplane_types::Runtime::spawn(&*servers.machine(asked)?, "operator", Box::pin(task));
    Some((what, Repair::Nothing))
}

fn machine(kind: Kind, region: &mut Region, random: &mut Random) -> Option<(String, Repair)> {
    let whole: Vec<usize> =
        (0..region.machines.len()).filter(|index| region.machines[*index].is_whole()).collect();
    let index = any(&whole, random)?;
    let machine = &mut region.machines[index];
    let name = machine.name.clone();
    match kind {
        Kind::AgentCrash => {
            machine.kill_agent();
            Some((format!("the agent of {name} is killed"), Repair::Agent(index)))
        }
        Kind::MachinePower => {
            machine.power_off();
            Some((format!("the power of {name} fails"), Repair::Power(index)))
        }
        Kind::MachineLine => {
            machine.cut_off(true);
            Some((format!("{name} is cut off"), Repair::Line(index)))
        }
        Kind::MachinePause => {
            machine.pause();
            Some((format!("{name} is paused"), Repair::MachineResume(index)))
        }
        _ => {
            let offset = jump(random);
            machine.set_clock(offset);
            Some((format!("the clock of {name} is {offset} ms off"), Repair::MachineClock(index)))
        }
    }
}

impl Repair {
    /// Ends the fault, if it still lasts; what was done.
    pub(super) async fn carry_out(self, region: &mut Region) -> Option<String> {
        let servers = region.servers.clone();
        match &self {
            Self::Start(ids) => {
                let down = servers.down();
                let own: Vec<NodeId> = ids.iter().copied().filter(|id| down.contains(id)).collect();
                return region.start_servers(&own).await;
            }
            Self::Disks(id) => {
                servers.log_disk(*id).set_faults(syncs_take_time());
                servers.state_disk(*id).set_faults(Faults::default());
                return region.restart_stopped().await;
            }
            Self::Resume(id) => servers.resume(*id),
            Self::Heal => servers.network.heal(),
            Self::FairWeather => servers.set_weather(&Weather::default()),
            Self::Clock(id) => servers.set_clock(*id, 0),
            Self::Agent(index) => region.machines[*index].start_agent(),
            Self::Power(index) => region.machines[*index].power_on(),
            Self::Line(index) => region.machines[*index].cut_off(false),
            Self::MachineResume(index) => region.machines[*index].resume(),
            Self::MachineClock(index) => region.machines[*index].set_clock(0),
            Self::Nothing => return None,
        }
        Some(self.name())
    }

    fn name(&self) -> String {
        match self {
            Self::Resume(id) => format!("server {id} goes on"),
            Self::Heal => "all servers reach each other".to_owned(),
            Self::FairWeather => "fair weather".to_owned(),
            Self::Clock(id) => format!("the clock of server {id} is set right"),
            Self::Agent(index) => format!("machine {index}: its agent starts"),
            Self::Power(index) => format!("machine {index}: its power is back"),
            Self::Line(index) => format!("machine {index}: its line is back"),
            Self::MachineResume(index) => format!("machine {index} goes on"),
            Self::MachineClock(index) => format!("machine {index}: its clock is set right"),
            Self::Start(_) | Self::Disks(_) | Self::Nothing => String::new(),
        }
    }
}
