//! One session from hello to its end, without the waiting: what is heard, what is due, what goes out next.

use super::calls::Calls;
use super::{Ended, Parts, hello};
use crate::report::Observed;
use controlplane_proto::agent::agent_message::Message as Out;
use controlplane_proto::agent::server_message::Message as In;
use controlplane_proto::agent::{
    AgentMessage, CallChunk, CredentialsRequest, Desired, Heartbeat, Report, ServerMessage,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Permit};
use tracing::{debug, warn};

/// Output of calls that waits for the line.
const CHUNKS_WAITING: usize = 16;

pub(super) struct Conversation {
    calls: Calls,
    due: Due,
    /// What the control plane was told last in this session.
    sent: Option<Arc<Observed>>,
    /// A full set is wanted, but not before this moment (monotonic).
    full_wanted: Option<Duration>,
    /// When the next hello may be said.
    next_hello: Duration,
    last_heard: Duration,
    next_heartbeat: Duration,
    sequence: u64,
    answered: bool,
}

/// Mail that waits, most urgent first.
#[derive(Default)]
struct Due {
    hello: bool,
    heartbeat: bool,
    report: bool,
    /// What is seen of health checks.
    seen: bool,
    /// Instances whose credentials are to be asked for.
    credentials: VecDeque<String>,
    output: Option<CallChunk>,
}

impl Conversation {
    /// Starts with a hello. Also returns where the output of calls arrives.
    pub(super) fn begin(parts: &mut Parts) -> (Self, mpsc::Receiver<CallChunk>) {
        let (chunks, output) = mpsc::channel(CHUNKS_WAITING);
        let now = parts.tasks.runtime().monotonic();
        parts.observed.mark_unchanged();
        let talk = Self {
            calls: Calls::new(parts.backend.clone(), parts.tasks.clone(), chunks),
            due: Due { hello: true, ..Due::default() },
            sent: None,
            full_wanted: None,
            next_hello: now,
            last_heard: now,
            next_heartbeat: now + parts.timing.heartbeat,
            sequence: 0,
            answered: false,
        };
        (talk, output)
    }

    /// Whether the server said anything at all.
    pub(super) fn was_answered(&self) -> bool {
        self.answered
    }

    pub(super) fn next_tick(&self) -> Duration {
        self.full_wanted.map_or(self.next_heartbeat, |at| at.min(self.next_heartbeat))
    }

    pub(super) fn tick(&mut self, parts: &mut Parts) -> Result<(), Ended> {
        let now = parts.tasks.runtime().monotonic();
        if now.saturating_sub(self.last_heard) >= parts.timing.silence {
            return Err(Ended::Silence);
        }
        if now >= self.next_heartbeat {
            self.next_heartbeat = now + parts.timing.heartbeat;
            self.due.heartbeat = true;
            parts.seen.tell_again();
            let held = parts.kept.borrow().held.clone();
            self.due.credentials.extend(parts.credentials.due(&held, now));
        }
        if self.full_wanted.is_some_and(|at| now >= at) {
            self.full_wanted = None;
            self.due.hello = true;
        }
        Ok(())
    }

    /// Asks for the full set, at most once per heartbeat: a server that keeps sending deltas this node cannot use
    /// must not make the two talk of nothing else.
    pub(super) fn want_full(&mut self) {
        self.full_wanted = Some(self.next_hello);
    }

    pub(super) fn report_is_due(&mut self) {
        self.due.report = true;
    }

    pub(super) fn seen_is_due(&mut self) {
        self.due.seen = true;
    }

    pub(super) fn may_take_output(&self) -> bool {
        self.due.output.is_none()
    }

    pub(super) fn take_output(&mut self, chunk: CallChunk) {
        self.due.output = Some(chunk);
    }

    pub(super) fn has_mail(&self) -> bool {
        let due = &self.due;
        let owed = due.hello || due.heartbeat || due.report || due.seen;
        owed || !due.credentials.is_empty() || due.output.is_some()
    }

    /// Sends the most urgent mail; no permit means that the line is closed.
    pub(super) fn post(
        &mut self,
        parts: &mut Parts,
        permit: Option<Permit<'_, AgentMessage>>,
    ) -> Result<(), Ended> {
        let permit = permit.ok_or(Ended::Closed)?;
        if let Some(mail) = self.next_mail(parts) {
            permit.send(mail);
        }
        Ok(())
    }

    /// The most urgent mail. A hello opens the session, so it goes before everything.
    fn next_mail(&mut self, parts: &mut Parts) -> Option<AgentMessage> {
        let message = if std::mem::take(&mut self.due.hello) {
            Some(self.say_hello(parts))
        } else if std::mem::take(&mut self.due.heartbeat) {
            self.sequence += 1;
            Some(Out::Heartbeat(Heartbeat { sequence: self.sequence }))
        } else if std::mem::take(&mut self.due.report) {
            self.report(parts).map(Out::Report)
        } else if std::mem::take(&mut self.due.seen) {
            parts.seen.take().map(Out::HealthReport)
        } else if let Some(instance_id) = self.due.credentials.pop_front() {
            Some(Out::CredentialsRequest(CredentialsRequest { instance_id }))
        } else {
            self.due.output.take().map(Out::CallChunk)
        };
        message.map(|message| AgentMessage { message: Some(message) })
    }

    fn say_hello(&mut self, parts: &Parts) -> Out {
        // After a hello the control plane knows nothing of this node, so the next report is a full one.
        self.sent = None;
        self.due.report = true;
        self.next_hello = parts.tasks.runtime().monotonic() + parts.timing.heartbeat;
        Out::Hello(hello(parts))
    }

    /// `None` when nothing is known yet or nothing changed.
    fn report(&mut self, parts: &mut Parts) -> Option<Report> {
        let now = parts.observed.borrow_and_update().clone()?;
        let boot_id = parts.backend.boot_id();
        let report = match &self.sent {
            None => Some(now.to_full(&boot_id)),
            Some(sent) => now.to_delta(sent, &boot_id),
        };
        self.sent = Some(now);
        report.map(|report| Report { causes: parts.causes.of(&report.instances), ..report })
    }

    /// Takes in one message; `None` is the end of the session.
    pub(super) fn hear(&mut self, parts: &mut Parts, message: Option<ServerMessage>) -> Result<(), Ended> {
        let message = message.ok_or(Ended::Closed)?;
        self.last_heard = parts.tasks.runtime().monotonic();
        match message.message {
            Some(In::Refused(why)) => return Err(Ended::Refused(why)),
            Some(In::NotLeading(servers)) => return Err(Ended::NotLeading(servers)),
            Some(In::Welcome(servers)) => parts.connect.learn(&servers),
            Some(In::Desired(desired)) => self.hear_desired(parts, desired),
            Some(In::HeartbeatAck(_)) => {}
            Some(In::Call(call)) => self.calls.open(call),
            Some(In::CallInput(input)) => self.calls.input(input),
            Some(In::RoleCredentials(given)) => {
                parts.credentials.given(&given, self.last_heard);
                parts.backend.set_credentials(given);
            }
            None => debug!("a message of a kind this version does not know"),
        }
        self.answered = true;
        Ok(())
    }

    fn hear_desired(&mut self, parts: &Parts, desired: Desired) {
        parts.causes.learn(&desired.causes);
        if desired.base.is_none() {
            self.full_wanted = None;
        }
        if let Err(error) = parts.inbox.try_send(desired) {
            // The disk is slow. What is dropped here comes back whole.
            warn!(%error, "desired set dropped");
            self.want_full();
        }
    }
}
