//! Calls: console output, commands inside an instance and connections into it, and what is used, each a task beside the
//! session.
//!
//! What readers get wrong: a call lives no longer than its session. When the session ends, both channels of every
//! call close, and that ends the call; a client that still wants it asks again.

use super::{forward, usage};
use crate::backend::{Backend, BackendError, ExecInput, ExecOutput, ExecRequest};
use crate::tasks::Tasks;
use controlplane_proto::agent::call::Call as Kind;
use controlplane_proto::agent::call_input::Input;
use controlplane_proto::agent::{Call, CallChunk, CallInput, ConsoleOutput, Exec, Inspect};
use controlplane_proto::debug::InspectResponse;
use controlplane_telemetry::process;
use controlplane_types::{BoxFuture, Runtime};
use prost::Message;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::warn;

/// Calls at once per node.
const MOST_CALLS: usize = 64;
/// Input that waits for a command to read it. There is no flow control per call, so more than this ends the call.
const INPUTS_WAITING: usize = 256;

pub(super) struct Calls {
    backend: Arc<dyn Backend>,
    tasks: Tasks,
    chunks: mpsc::Sender<CallChunk>,
    open: BTreeMap<u64, mpsc::Sender<Input>>,
}

impl Calls {
    pub(super) fn new(backend: Arc<dyn Backend>, tasks: Tasks, chunks: mpsc::Sender<CallChunk>) -> Self {
        Self { backend, tasks, chunks, open: BTreeMap::new() }
    }

    pub(super) fn open(&mut self, call: Call) {
        self.open.retain(|_, input| !input.is_closed());
        let line = Line { id: call.id, chunks: self.chunks.clone() };
        let refusal = match &call.call {
            None => Some("this version does not know this kind of call"),
            Some(_) if self.open.len() >= MOST_CALLS => Some("too many calls on this node"),
            Some(_) if self.open.contains_key(&call.id) => Some("a call with this id is open"),
            Some(_) => None,
        };
        let task: BoxFuture<()> = match (refusal, call.call) {
            (None, Some(kind)) => {
                let (sender, input) = mpsc::channel(INPUTS_WAITING);
                self.open.insert(call.id, sender);
                Box::pin(answer(self.backend.clone(), self.tasks.runtime().clone(), kind, input, line))
            }
            (refusal, _) => Box::pin(async move { line.fail(refusal.unwrap_or_default()).await }),
        };
        self.tasks.spawn("call", task);
    }

    /// Input for an ended call is late, not wrong.
    pub(super) fn input(&mut self, message: CallInput) {
        let (Some(sender), Some(input)) = (self.open.get(&message.id), message.input) else {
            return;
        };
        if let Err(mpsc::error::TrySendError::Full(_)) = sender.try_send(input) {
            warn!(call = message.id, "input comes faster than it is read; the call ends");
            self.open.remove(&message.id);
        }
    }
}

/// The way back to the caller. `false` and errors mean that nobody listens any more.
pub(super) struct Line {
    id: u64,
    chunks: mpsc::Sender<CallChunk>,
}

impl Line {
    pub(super) async fn send(&self, chunk: CallChunk) -> bool {
        self.chunks.send(CallChunk { id: self.id, ..chunk }).await.is_ok()
    }

    pub(super) async fn stdout(&self, bytes: Vec<u8>) -> bool {
        self.send(CallChunk { stdout: bytes, ..CallChunk::default() }).await
    }

    async fn fail(&self, error: impl Into<String>) {
        self.send(CallChunk { last: true, error: error.into(), ..CallChunk::default() }).await;
    }

    pub(super) async fn end(&self, exit_code: i32) {
        self.send(CallChunk { last: true, exit_code, ..CallChunk::default() }).await;
    }
}

pub(super) const CANCELLED: &str = "cancelled, or its input came faster than it was read";

async fn answer(
    backend: Arc<dyn Backend>,
    runtime: Arc<dyn Runtime>,
    kind: Kind,
    input: mpsc::Receiver<Input>,
    line: Line,
) {
    let answered = match kind {
        Kind::ConsoleOutput(call) => console(&*backend, call, input, &line).await,
        Kind::Exec(call) => exec(&*backend, call, input, &line).await,
        Kind::Usage(_) => usage::measure(&*backend, &*runtime, &line).await,
        Kind::Connect(call) => forward::carry(&*backend, call, input, &line).await,
        Kind::Inspect(call) => inspect(&call, &line).await,
    };
    if let Err(error) = answered {
        line.fail(error.to_string()).await;
    }
}

async fn console(
    backend: &dyn Backend,
    call: ConsoleOutput,
    mut input: mpsc::Receiver<Input>,
    line: &Line,
) -> Result<(), BackendError> {
    let mut output = backend.console(call.instance_id, call.tail_bytes, call.follow).await?;
    loop {
        tokio::select! { biased;
            input = input.recv() => if matches!(input, None | Some(Input::Cancel(_))) {
                line.fail(CANCELLED).await;
                return Ok(());
            },
            bytes = output.recv() => match bytes {
                Some(bytes) => if !line.stdout(bytes).await { return Ok(()) },
                None => { line.end(0).await; return Ok(()) }
            }
        }
    }
}

/// What this process says of itself, in one piece: it is bounded.
async fn inspect(call: &Inspect, line: &Line) -> Result<(), BackendError> {
    let seen = process::inspect(&call.levels, call.whole);
    let seen = seen.map_err(|error| BackendError::Permanent(error.to_string()))?;
    let answer = InspectResponse {
        version: process::VERSION.to_owned(),
        levels: seen.levels,
        configuration: seen.configuration,
        metrics: seen.metrics,
        logs: seen.logs,
    };
    if line.stdout(answer.encode_to_vec()).await {
        line.end(0).await;
    }
    Ok(())
}

async fn exec(
    backend: &dyn Backend,
    call: Exec,
    input: mpsc::Receiver<Input>,
    line: &Line,
) -> Result<(), BackendError> {
    if call.command.is_empty() {
        return Err(BackendError::Permanent("exec: command is empty".to_owned()));
    }
    let terminal = call.tty.then_some((call.rows, call.columns));
    let session = backend.exec(call.instance_id, ExecRequest { command: call.command, terminal }).await?;
    let mut output = session.output;
    // Input and output flow side by side: a command that waits for its output to be read reads no input.
    let cancelled = feed(input, session.input);
    tokio::pin!(cancelled);
    loop {
        tokio::select! { biased;
            () = &mut cancelled => return Err(BackendError::Retry(CANCELLED.to_owned())),
            piece = output.recv() => match piece {
                Some(ExecOutput::Stdout(bytes)) => if !line.stdout(bytes).await { return Ok(()) },
                Some(ExecOutput::Stderr(stderr)) => {
                    let chunk = CallChunk { stderr, ..CallChunk::default() };
                    if !line.send(chunk).await { return Ok(()) }
                }
                Some(ExecOutput::Exited(code)) => { line.end(code).await; return Ok(()) }
                None => return Err(BackendError::Retry("the instance ended".to_owned())),
            }
        }
    }
}

/// Passes input on; completes only when the call is cancelled.
async fn feed(mut input: mpsc::Receiver<Input>, command: mpsc::Sender<ExecInput>) {
    let mut command = Some(command);
    while let Some(input) = input.recv().await {
        let passed = match input {
            Input::Cancel(_) => return,
            Input::CloseStdin(_) => {
                command = None;
                continue;
            }
            Input::Stdin(bytes) => ExecInput::Stdin(bytes),
            Input::Resize(size) => ExecInput::Resize(size.rows, size.columns),
            // Commands are not counted out to.
            Input::Credit(_) => continue,
        };
        if let Some(open) = &command
            && open.send(passed).await.is_err()
        {
            // It closed its stdin; what it prints still matters.
            command = None;
        }
    }
}
