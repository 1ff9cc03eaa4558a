//! One agent's session, from its Hello to its end.

use super::pace::Pace;
use super::{AgentLink, Agents, Session, calls::Calls, causes, credentials};
use crate::cluster::{ELECTION_PATIENCE, Lead};
use crate::writer::{Work, WriteError};
use controlplane_proto::agent::{
    AgentMessage, Desired, Footprint, Generation, HealthReport, HeartbeatAck, Hello, Report, ServerMessage,
    Strain, agent_message, instance_status, pressure, server_message,
};
use controlplane_proto::desired::DesiredSet;
use controlplane_services_ec2::instance::{
    EvictionRequest, InstanceStatus, InstanceUsage, NodeStrain, ObserveInstances, ObserveInstancesInput,
    ObservedState,
};
use controlplane_services_kernel::{Caller, Operation};
use controlplane_services_native::node::{Allocatable, Capacity, RegisterNode, RegisterNodeInput, Scarce};
use controlplane_telemetry::trace::{self, Span};
use controlplane_types::{RegionName, Revision};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// An agent that does not introduce itself by then is shown out.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// Why a session ends.
#[derive(Debug, thiserror::Error)]
enum SessionEnd {
    #[error("the agent hung up")]
    HungUp,
    #[error("the agent is too slow for its messages")]
    Choked,
    #[error("{0}")]
    Refused(String),
    #[error("this server does not lead")]
    NotLeading,
    #[error("another session of the same node took over")]
    Replaced,
}

/// What the agent holds, as far as this session told it.
struct Sent {
    set: DesiredSet,
    /// Of the records it was made from.
    revision: Revision,
    generation: Generation,
}

pub(super) async fn serve(agents: Agents, mut link: AgentLink) {
    let (node, end) = match first_message(&agents, &mut link.from_agent).await {
        Ok(hello) => (hello.node.clone(), welcome(&agents, &mut link, hello).await),
        Err(end) => (String::new(), end),
    };
    farewell(&agents, &link, &end);
    tracing::info!(%node, %end, "agent session ended");
}

async fn welcome(agents: &Agents, link: &mut AgentLink, hello: Hello) -> SessionEnd {
    if let Some(own) = link.node.as_ref().filter(|own| **own != hello.node) {
        return SessionEnd::Refused(format!("the certificate is for node {own}, not {}", hello.node));
    }
    if agents.0.cluster.lead(ELECTION_PATIENCE).await != Lead::Here {
        return SessionEnd::NotLeading;
    }
    match register(agents, &hello).await {
        Ok(revision) => run(agents, link, hello, revision).await,
        Err(end) => end,
    }
}

async fn first_message(
    agents: &Agents,
    from: &mut mpsc::Receiver<AgentMessage>,
) -> Result<Hello, SessionEnd> {
    let message = tokio::select! {
        biased;
        message = from.recv() => message.ok_or(SessionEnd::HungUp)?,
        () = agents.0.runtime.sleep(HELLO_WITHIN) => return Err(SessionEnd::Refused("no hello came".into())),
    };
    match message.message {
        Some(agent_message::Message::Hello(hello)) => Ok(hello),
        _ => Err(SessionEnd::Refused("the first message must be a hello".into())),
    }
}

/// Tells an agent why, and where to go on. Whoever hung up or does not listen need not be told.
fn farewell(agents: &Agents, link: &AgentLink, end: &SessionEnd) {
    let last = match end {
        SessionEnd::HungUp | SessionEnd::Choked => return,
        SessionEnd::NotLeading => server_message::Message::NotLeading(agents.0.cluster.servers()),
        SessionEnd::Refused(_) | SessionEnd::Replaced => server_message::Message::Refused(end.to_string()),
    };
    let _ = link.to_agent.try_send(ServerMessage { message: Some(last) });
}

/// Makes the node known; the revision from which its records speak of this session.
async fn register(agents: &Agents, hello: &Hello) -> Result<u64, SessionEnd> {
    let capacity = hello.capacity.unwrap_or_default();
    let input = RegisterNodeInput {
        node: hello.node.as_str().into(),
        labels: hello.labels.clone(),
        taints: hello.taints.clone(),
        capacity: Capacity {
            vcpus: capacity.vcpus,
            memory_mib: capacity.memory_mib,
            disk_mib: capacity.disk_mib,
            allocatable: capacity
                .allocatable
                .map(|one| Allocatable { cpu_millis: one.cpu_millis, memory_mib: one.memory_mib }),
        },
        underlay_address: hello.underlay_address.clone(),
        boot_id: hello.boot_id.clone(),
        agent_version: hello.agent_version.clone(),
    };
    let home = agents.0.settings.region.clone();
    write::<RegisterNode>(agents, home, input).await.map_err(|error| match error {
        WriteError::NotLeader { .. } | WriteError::Unknown => SessionEnd::NotLeading,
        error => SessionEnd::Refused(error.to_string()),
    })
}

async fn write<O: Operation>(
    agents: &Agents,
    region: RegionName,
    input: O::Input,
) -> Result<u64, WriteError> {
    let work =
        Work::new(Caller::system(region), move |cx| O::run(&input, cx).map(|output| Box::new(output) as _));
    agents.0.writer.write(work).await.map(|done| done.revision)
}

async fn run(agents: &Agents, link: &mut AgentLink, hello: Hello, revision: u64) -> SessionEnd {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    let session = Arc::new(Session {
        number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        to_agent: link.to_agent.clone(),
        look: Notify::new(),
        calls: Calls::default(),
        hosts: Mutex::default(),
    });
    let node = hello.node.clone();
    agents.sessions().insert(node.clone(), session.clone());
    agents.0.liveness.seen(&node, agents.0.runtime.monotonic());
    tracing::info!(%node, boot = %hello.boot_id, version = %hello.agent_version, "agent session");
    let (sent, pace, strain) = (None, Pace::default(), None);
    let mut running = Running { agents, node: node.clone(), session: session.clone(), sent, pace, strain };
    let end = match running.greet(&hello, revision).await {
        Ok(()) => running.until_end(&mut link.from_agent).await,
        Err(end) => end,
    };
    let mut sessions = agents.sessions();
    if sessions.get(&node).is_some_and(|current| current.number == session.number) {
        sessions.remove(&node);
        agents.0.liveness.gone(&node, agents.0.runtime.monotonic());
    }
    end
}

struct Running<'a> {
    agents: &'a Agents,
    node: String,
    session: Arc<Session>,
    sent: Option<Sent>,
    pace: Pace,
    /// What the agent last said that its machine is short of.
    strain: Option<Strain>,
}

impl Running<'_> {
    /// Tells the agent where the servers are and what it should have, in as few words as what it holds allows.
    async fn greet(&mut self, hello: &Hello, revision: u64) -> Result<(), SessionEnd> {
        self.send(server_message::Message::Welcome(self.agents.0.cluster.servers()))?;
        let applied = self.agents.0.replica.wait_revision(revision).await.ok_or(SessionEnd::HungUp)?;
        let set = self.agents.desired(&applied.view, &self.node);
        self.session.host(set.ids("vpc"));
        let held = hello.generation.clone().filter(|held| self.same_history(held));
        let message = match &held {
            Some(held) if hello.desired_hash == set.hash() => set.to_delta(&set, held.clone(), held.clone()),
            _ => set.to_full(self.generation(applied.view.revision(), held.as_ref())),
        };
        self.send_desired(set, applied.view.revision(), message)
    }

    fn same_history(&self, held: &Generation) -> bool {
        let settings = &self.agents.0.settings;
        held.cluster_id == settings.cluster_id && held.incarnation == settings.incarnation
    }

    /// The generation of a set made at `revision`, newer than what the agent holds.
    fn generation(&self, revision: u64, held: Option<&Generation>) -> Generation {
        let settings = &self.agents.0.settings;
        let after = held.map_or(0, |held| held.index + 1);
        Generation {
            cluster_id: settings.cluster_id.clone(),
            incarnation: settings.incarnation,
            index: revision.max(after),
        }
    }

    fn send_desired(
        &mut self,
        set: DesiredSet,
        revision: Revision,
        mut message: Desired,
    ) -> Result<(), SessionEnd> {
        message.causes = causes::of_objects(self.agents.0.writer.causes(), &self.node, &message.objects);
        let generation = message.generation.clone().unwrap_or_default();
        self.send(server_message::Message::Desired(message))?;
        self.pace.sent(generation.clone(), self.agents.0.runtime.monotonic());
        self.sent = Some(Sent { set, revision, generation });
        Ok(())
    }

    fn send(&self, message: server_message::Message) -> Result<(), SessionEnd> {
        self.session.to_agent.try_send(ServerMessage { message: Some(message) }).map_err(
            |error| match error {
                mpsc::error::TrySendError::Full(_) => SessionEnd::Choked,
                mpsc::error::TrySendError::Closed(_) => SessionEnd::HungUp,
            },
        )
    }

    async fn until_end(&mut self, from_agent: &mut mpsc::Receiver<AgentMessage>) -> SessionEnd {
        let mut leadership = self.agents.0.cluster.leadership();
        let term = *leadership.borrow_and_update();
        loop {
            let step = tokio::select! {
                biased;
                message = from_agent.recv() => match message {
                    Some(message) => self.hear(message).await,
                    None => Err(SessionEnd::HungUp),
                },
                () = self.session.look.notified() => self.update(),
                () = self.patience(), if self.pace.until().is_some() => self.update(),
                changed = leadership.changed() => match changed {
                    Ok(()) if *leadership.borrow() == term => Ok(()),
                    _ => Err(SessionEnd::NotLeading),
                },
            };
            if let Err(end) = step.and_then(|()| self.still_current()) {
                return end;
            }
        }
    }

    fn still_current(&self) -> Result<(), SessionEnd> {
        let sessions = self.agents.sessions();
        let current = sessions.get(&self.node).is_some_and(|current| current.number == self.session.number);
        if current { Ok(()) } else { Err(SessionEnd::Replaced) }
    }

    /// Ends when an agent that says nothing has to be told nevertheless.
    async fn patience(&self) {
        let runtime = &self.agents.0.runtime;
        let until = self.pace.until().unwrap_or_default();
        runtime.sleep(until.saturating_sub(runtime.monotonic())).await;
    }

    /// Sends what changed in the node's set, if anything did and the agent has what it was sent before.
    fn update(&mut self) -> Result<(), SessionEnd> {
        if !self.pace.may_look(self.agents.0.runtime.monotonic()) {
            return Ok(());
        }
        let mut news = None;
        self.agents.0.runtime.compute(&mut || news = self.news());
        news.map_or(Ok(()), |(set, revision, message)| self.send_desired(set, revision, message))
    }

    /// The node's set in this round, of which revision it is, and what is new in it.
    fn news(&self) -> Option<(DesiredSet, Revision, Desired)> {
        let sent = self.sent.as_ref()?;
        let view = self.agents.round().view.clone();
        // The first set of a session is made between rounds. Nothing is taken back: the round with its records will come.
        if view.revision() < sent.revision {
            return None;
        }
        let set = self.agents.desired(&view, &self.node);
        self.session.host(set.ids("vpc"));
        let generation = self.generation(view.revision(), Some(&sent.generation));
        let message = set.to_delta(&sent.set, sent.generation.clone(), generation);
        let is_news = !message.objects.is_empty() || !message.removed.is_empty();
        is_news.then_some((set, view.revision(), message))
    }

    async fn hear(&mut self, message: AgentMessage) -> Result<(), SessionEnd> {
        self.agents.0.liveness.seen(&self.node, self.agents.0.runtime.monotonic());
        match message.message {
            Some(agent_message::Message::Heartbeat(heartbeat)) => self
                .send(server_message::Message::HeartbeatAck(HeartbeatAck { sequence: heartbeat.sequence })),
            Some(agent_message::Message::Report(report)) => {
                let look = self.pace.heard(&report);
                self.believe(report);
                if look { self.update() } else { Ok(()) }
            }
            Some(agent_message::Message::CallChunk(chunk)) => {
                self.session.calls.deliver(chunk);
                Ok(())
            }
            Some(agent_message::Message::CredentialsRequest(request)) => {
                self.give_credentials(request.instance_id);
                Ok(())
            }
            Some(agent_message::Message::HealthReport(report)) => {
                self.hear_health(report);
                Ok(())
            }
            // The agent lost the thread: everything again.
            Some(agent_message::Message::Hello(hello)) if hello.node != self.node => {
                Err(SessionEnd::Refused(format!("this session is for node {}", self.node)))
            }
            Some(agent_message::Message::Hello(hello)) => {
                let revision = register(self.agents, &hello).await?;
                self.greet(&Hello { generation: None, ..hello }, revision).await
            }
            None => Ok(()),
        }
    }

    /// What its checkers saw of checks that it was told to probe; it has no vote on others.
    fn hear_health(&self, report: HealthReport) {
        let Some(sent) = &self.sent else { return };
        let told: BTreeSet<&str> = sent.set.ids("private_health_check").collect();
        let seen = report.observations.into_iter();
        let seen = seen.filter(|seen| told.contains(seen.health_check_id.as_str())).collect();
        self.agents.0.dns_feed.hear_node(&self.node, seen);
    }

    /// Answers beside the session. What cannot be answered now the agent asks for again.
    fn give_credentials(&self, instance_id: String) {
        let (agents, node, session) = (self.agents.clone(), self.node.clone(), self.session.clone());
        self.agents.0.runtime.spawn(
            "agent-credentials",
            Box::pin(async move {
                match credentials::of_instance(&agents, &node, &instance_id).await {
                    Ok(Some(given)) => {
                        let message = Some(server_message::Message::RoleCredentials(given));
                        let _ = session.to_agent.try_send(ServerMessage { message });
                    }
                    Ok(None) => {}
                    Err(error) => tracing::warn!(%node, instance_id, %error, "no credentials were made"),
                }
            }),
        );
    }

    /// Writes what a report changes, beside the session so that heartbeats go on.
    fn believe(&mut self, report: Report) {
        for error in &report.errors {
            let (kind, id) = error.key.as_ref().map_or(("", ""), |key| (key.kind.as_str(), key.id.as_str()));
            tracing::warn!(node = %self.node, kind, id, reason = %error.reason, "cannot be made real");
        }
        let spans = causes::of_report(&report.causes, &self.node);
        let context = spans.iter().find_map(Span::context);
        let strained = self.strain != report.strain;
        self.strain.clone_from(&report.strain);
        let input = observations(&self.node, report);
        if input.statuses.is_empty() && !input.full && !strained {
            return;
        }
        let agents = self.agents.clone();
        let node = self.node.clone();
        let look = self.session.clone();
        self.agents.0.runtime.spawn(
            "agent-report",
            Box::pin(async move {
                let region = agents.region_of(&agents.0.replica.applied().view, &node);
                let written = trace::scope(context, write::<ObserveInstances>(&agents, region, input)).await;
                drop(spans);
                if let Err(error) = written {
                    tracing::warn!(%node, %error, "a report was not taken in; asking for a full one");
                    // Closing the session makes the agent say everything again.
                    agents.sessions().retain(|name, session| *name != node || session.number != look.number);
                    look.look.notify_one();
                }
            }),
        );
    }
}

fn observations(node: &str, report: Report) -> ObserveInstancesInput {
    let statuses = report.instances.into_iter().map(|status| {
        let state = match status.state() {
            instance_status::State::Pending => ObservedState::Pending,
            instance_status::State::Running => ObservedState::Running,
            instance_status::State::Exited => ObservedState::Exited,
            instance_status::State::Stopped => ObservedState::Stopped,
            instance_status::State::Gone => ObservedState::Gone,
            instance_status::State::Failed => ObservedState::Failed,
        };
        // Most waits are over before anybody could read of them.
        let told = state != ObservedState::Pending || status.noteworthy;
        InstanceStatus {
            id: status.id,
            run: status.run,
            state,
            exit_code: status.exit_code,
            signal: status.signal,
            reason: if told { status.reason } else { String::new() },
            started_at_ms: status.started_at_ms,
        }
    });
    ObserveInstancesInput {
        node: node.to_owned(),
        boot_id: report.boot_id,
        full: report.full,
        statuses: statuses.collect(),
        strain: report.strain.map(strain),
    }
}

fn strain(told: Strain) -> NodeStrain {
    let pressures = told.pressures.into_iter().map(|pressure| (scarce(pressure.scarce()), pressure.reason));
    let usage = |footprint: Footprint| InstanceUsage {
        id: footprint.id,
        memory_bytes: footprint.memory_bytes,
        pids: footprint.pids,
        disk_bytes: footprint.disk_bytes,
    };
    let eviction = told.eviction.map(|eviction| EvictionRequest {
        scarce: scarce(eviction.scarce()),
        usage: eviction.instances.into_iter().map(usage).collect(),
    });
    NodeStrain { pressures: pressures.collect(), eviction }
}

fn scarce(told: pressure::Scarce) -> Scarce {
    match told {
        pressure::Scarce::Disk => Scarce::Disk,
        pressure::Scarce::Memory => Scarce::Memory,
        pressure::Scarce::Pids => Scarce::Pids,
    }
}
