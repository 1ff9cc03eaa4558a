//! Calls to an agent: each is a stream of chunks under one number, several run at once on one session.

use controlplane_proto::agent::{Call, CallChunk, CallInput, ServerMessage, call_input, server_message};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Chunks a slow reader may be behind before its call is cancelled.
const CHUNKS: usize = 1024;
/// Calls on one session.
const CALLS: usize = 128;

/// Between two looks at a session that is busy.
const BREATH: Duration = Duration::from_millis(2);

/// Why a call does not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No session.
    #[error("the agent of node {0} is not connected to this server")]
    NotConnected(String),
    /// Too many calls, or the session is choked.
    #[error("the agent is busy; try again")]
    Busy,
}

/// What a call brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// Output.
    Output {
        /// Standard output, or the console.
        stdout: Vec<u8>,
        /// Standard error.
        stderr: Vec<u8>,
    },
    /// It ended well, with an exit code for commands.
    Ended(i32),
    /// It could not be done or broke off.
    Failed(String),
}

type Streams = Arc<Mutex<Numbered>>;

#[derive(Default)]
struct Numbered {
    last: u64,
    open: BTreeMap<u64, mpsc::Sender<CallChunk>>,
}

/// The open calls of one session.
#[derive(Clone, Default)]
pub(super) struct Calls(Streams);

impl Calls {
    pub(super) fn start(
        &self,
        call: Call,
        to_agent: mpsc::Sender<ServerMessage>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<RunningCall, CallError> {
        let (sender, chunks) = mpsc::channel(CHUNKS);
        let id = {
            let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if calls.open.len() >= CALLS {
                return Err(CallError::Busy);
            }
            calls.last += 1;
            let id = calls.last;
            calls.open.insert(id, sender);
            id
        };
        let running = RunningCall { id, chunks, to_agent, streams: self.0.clone(), runtime };
        running.send(server_message::Message::Call(Call { id, ..call }))?;
        Ok(running)
    }

    /// Hands a chunk to its reader; a reader that is gone or too slow loses the call.
    pub(super) fn deliver(&self, chunk: CallChunk) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, last) = (chunk.id, chunk.last);
        let delivered = calls.open.get(&id).is_some_and(|reader| reader.try_send(chunk).is_ok());
        if last || !delivered {
            calls.open.remove(&id);
        }
    }
}

/// A call in progress. Dropping it cancels it on the agent.
pub struct RunningCall {
    id: u64,
    chunks: mpsc::Receiver<CallChunk>,
    to_agent: mpsc::Sender<ServerMessage>,
    streams: Streams,
    runtime: Arc<dyn Runtime>,
}

impl RunningCall {
    /// What comes next; after `Ended` or `Failed` nothing does.
    pub async fn next(&mut self) -> CallEvent {
        match self.chunk().await {
            None => CallEvent::Failed("the agent's session ended".to_owned()),
            Some(chunk) if !chunk.last => CallEvent::Output { stdout: chunk.stdout, stderr: chunk.stderr },
            Some(chunk) if chunk.error.is_empty() => CallEvent::Ended(chunk.exit_code),
            Some(chunk) => CallEvent::Failed(chunk.error),
        }
    }

    /// The same as the agent said it; `None` when the session ended.
    pub(crate) async fn chunk(&mut self) -> Option<CallChunk> {
        self.chunks.recv().await
    }

    /// Input for it.
    pub fn input(&self) -> CallInputs {
        CallInputs { id: self.id, to_agent: self.to_agent.clone(), runtime: self.runtime.clone() }
    }

    fn send(&self, message: server_message::Message) -> Result<(), CallError> {
        self.to_agent.try_send(ServerMessage { message: Some(message) }).map_err(|_| CallError::Busy)
    }
}

impl Drop for RunningCall {
    fn drop(&mut self) {
        let mut calls = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.open.remove(&self.id).is_some() {
            drop(calls);
            let cancel = CallInput { id: self.id, input: Some(call_input::Input::Cancel(true)) };
            // A session that cannot take the message is ending, and the call with it.
            let _ = self.send(server_message::Message::CallInput(cancel));
        }
    }
}

/// The input side of a call.
#[derive(Clone)]
pub struct CallInputs {
    id: u64,
    to_agent: mpsc::Sender<ServerMessage>,
    runtime: Arc<dyn Runtime>,
}

impl CallInputs {
    /// Sends input, waiting while half of the session's way is taken; `false` when it is gone. The other half stays free
    /// for what the session lives by: a heartbeat's answer that finds no room ends it.
    pub async fn send(&self, input: call_input::Input) -> bool {
        while self.to_agent.capacity() < self.to_agent.max_capacity() / 2 && !self.to_agent.is_closed() {
            self.runtime.sleep(BREATH).await;
        }
        let message = server_message::Message::CallInput(CallInput { id: self.id, input: Some(input) });
        self.to_agent.send(ServerMessage { message: Some(message) }).await.is_ok()
    }
}
