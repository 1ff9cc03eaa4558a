//! Commands inside an instance: the descriptors of a `hearth-shim exec` on one side, an [`ExecSession`] on the other.
//!
//! Without a terminal the command itself holds the other ends of our pipes. With one, the shim copies, and our input is
//! framed so that sizes can travel with it. A session that is dropped kills the command.

use super::shim::Shim;
use crate::backend::{BackendError, ExecInput, ExecOutput, ExecRequest, ExecSession};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;

/// Messages on their way in either direction.
const WINDOW: usize = 16;
const CHUNK: usize = 16 << 10;
/// Longest payload of a frame.
const MAX_FRAME: usize = 1 << 16;
/// A command may leave others behind that keep its output open; they are not waited for.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// See [`crate::backend::Backend::exec`].
pub(super) fn start(shim: &Shim, id: &str, request: ExecRequest) -> Result<ExecSession, BackendError> {
    if request.command.first().is_none_or(String::is_empty) {
        return Err(BackendError::Permanent("command: missing".into()));
    }
    if let Some((rows, columns)) = request.terminal
        && (u16::try_from(rows).is_err() || u16::try_from(columns).is_err())
    {
        return Err(BackendError::Permanent(format!("terminal: {rows}x{columns} is above 65535")));
    }
    let mut call = shim.exec(id, request.terminal, &request.command);
    call.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = call.spawn().map_err(|error| BackendError::Retry(format!("{id}: hearth-shim: {error}")))?;
    let (input, from_caller) = mpsc::channel(WINDOW);
    let (to_caller, output) = mpsc::channel(WINDOW);
    tokio::spawn(attend(child, from_caller, to_caller, request.terminal.is_some()));
    Ok(ExecSession { input, output })
}

/// Copies until the command has ended, then says how.
async fn attend(
    mut child: Child,
    from_caller: mpsc::Receiver<ExecInput>,
    to_caller: mpsc::Sender<ExecOutput>,
    framed: bool,
) {
    let typing = child.stdin.take().map(|stdin| tokio::spawn(pass_in(from_caller, stdin, framed)));
    let stdout =
        child.stdout.take().map(|it| tokio::spawn(pass_out(it, to_caller.clone(), ExecOutput::Stdout)));
    let stderr =
        child.stderr.take().map(|it| tokio::spawn(pass_out(it, to_caller.clone(), ExecOutput::Stderr)));
    let ended = tokio::select! {
        ended = child.wait() => ended,
        // Dropping the child kills the shim, and with it the command.
        () = to_caller.closed() => return,
    };
    for mut copying in [stdout, stderr].into_iter().flatten() {
        if tokio::time::timeout(LAST_WORDS, &mut copying).await.is_err() {
            copying.abort();
        }
    }
    if let Some(typing) = typing {
        typing.abort();
    }
    // Nobody may be listening any more.
    let _ = to_caller.send(ExecOutput::Exited(exit_code(ended))).await;
}

/// As shells count; 125 as if the shim had said it when it cannot be known.
fn exit_code(ended: io::Result<ExitStatus>) -> i32 {
    ended
        .ok()
        .and_then(|status| status.code().or_else(|| status.signal().map(|signal| 128 + signal)))
        .unwrap_or(125)
}

async fn pass_out(
    mut from: impl AsyncRead + Unpin,
    to_caller: mpsc::Sender<ExecOutput>,
    wrap: fn(Vec<u8>) -> ExecOutput,
) {
    let mut buffer = vec![0; CHUNK];
    while let Ok(n) = from.read(&mut buffer).await {
        if n == 0 || to_caller.send(wrap(buffer[..n].to_vec())).await.is_err() {
            return;
        }
    }
}

/// Ends, and so closes the command's input, when the caller closes the session's or the command reads no more.
async fn pass_in(mut from_caller: mpsc::Receiver<ExecInput>, mut stdin: ChildStdin, framed: bool) {
    while let Some(input) = from_caller.recv().await {
        let bytes = if framed { frames(input) } else { plain(input) };
        if stdin.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Without a terminal there is nothing to resize.
fn plain(input: ExecInput) -> Vec<u8> {
    match input {
        ExecInput::Stdin(bytes) => bytes,
        ExecInput::Resize(..) => Vec::new(),
    }
}

/// The frames of the shim's `relay` module.
fn frames(input: ExecInput) -> Vec<u8> {
    match input {
        ExecInput::Stdin(bytes) => bytes.chunks(MAX_FRAME).flat_map(|chunk| frame(0, chunk)).collect(),
        ExecInput::Resize(rows, columns) => {
            let clamp = |number: u32| u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes();
            frame(1, &[clamp(rows), clamp(columns)].concat())
        }
    }
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&[kind][..], &length, payload].concat()
}
