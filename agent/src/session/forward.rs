//! A TCP connection into an instance, carried over the session.
//!
//! A session has one line for everything and no flow control per call. So each side counts: it sends as many chunks as the
//! other granted and no more, and grants again as chunks are taken off its hands. What waits anywhere is then bounded by
//! [`WINDOW`] chunks a direction, and a client that does not read holds up its own connection and nothing else.
//!
//! Both directions end by themselves: an instance that has said all it has to say may still listen, and a client too.

use super::calls::{CANCELLED, Line};
use crate::backend::{Backend, BackendError, Connection};
use controlplane_proto::agent::call_input::Input;
use controlplane_proto::agent::{CallChunk, Connect};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::{Semaphore, mpsc};

/// Chunks that may wait to be written into the instance.
const WINDOW: u32 = 32;
/// The most that one chunk carries.
const CHUNK_BYTES: usize = 16 << 10;
/// What the other side may grant in sum; more is nonsense, and the counter would not take any number.
const MOST_CREDIT: usize = 1 << 16;

/// Answers a call of this kind.
pub(super) async fn carry(
    backend: &dyn Backend,
    call: Connect,
    input: mpsc::Receiver<Input>,
    line: &Line,
) -> Result<(), BackendError> {
    let port = u16::try_from(call.port).ok().filter(|port| *port != 0);
    let port =
        port.ok_or_else(|| BackendError::Permanent(format!("port {}: not from 1 to 65535", call.port)))?;
    let connection = backend.connect(call.instance_id, port).await?;
    if !line.send(CallChunk { credit: WINDOW, ..CallChunk::default() }).await {
        return Ok(());
    }
    let credit = Semaphore::new(0);
    grant(&credit, call.credit);
    let ended = copy(connection, input, &credit, line).await;
    ended.map_err(|error| BackendError::Retry(format!("port {port}: {error}")))?;
    line.end(0).await;
    Ok(())
}

async fn copy(
    connection: Connection,
    input: mpsc::Receiver<Input>,
    credit: &Semaphore,
    line: &Line,
) -> io::Result<()> {
    let (from_instance, to_instance) = tokio::io::split(connection);
    let (chunks, waiting) = mpsc::channel(WINDOW as usize);
    let both = async {
        tokio::try_join!(write(waiting, to_instance, line), read(from_instance, credit, line)).map(drop)
    };
    tokio::select! { biased;
        error = sort(input, chunks, credit) => Err(error),
        both = both => both,
    }
}

/// Hears what the client sends and grants; completes only when the connection is not wanted any more.
async fn sort(
    mut input: mpsc::Receiver<Input>,
    chunks: mpsc::Sender<Vec<u8>>,
    credit: &Semaphore,
) -> io::Error {
    let mut chunks = Some(chunks);
    while let Some(input) = input.recv().await {
        match input {
            Input::Cancel(_) => break,
            Input::Credit(more) => grant(credit, more),
            Input::CloseStdin(_) => chunks = None,
            Input::Resize(_) => {}
            Input::Stdin(bytes) => {
                let full = chunks.as_ref().and_then(|chunks| chunks.try_send(bytes).err());
                if let Some(mpsc::error::TrySendError::Full(_)) = full {
                    return io::Error::other("more was sent than had been granted");
                }
            }
        }
    }
    io::Error::other(CANCELLED)
}

fn grant(credit: &Semaphore, more: u32) {
    let room = MOST_CREDIT.saturating_sub(credit.available_permits());
    credit.add_permits(room.min(more as usize));
}

async fn write(
    mut waiting: mpsc::Receiver<Vec<u8>>,
    mut to_instance: WriteHalf<Connection>,
    line: &Line,
) -> io::Result<()> {
    while let Some(bytes) = waiting.recv().await {
        to_instance.write_all(&bytes).await?;
        line.send(CallChunk { credit: 1, ..CallChunk::default() }).await;
    }
    // One that has closed already needs not be told.
    let _ = to_instance.shutdown().await;
    Ok(())
}

async fn read(mut from_instance: ReadHalf<Connection>, credit: &Semaphore, line: &Line) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        // The semaphore is never closed; if it were, nobody would want this connection any more.
        credit.acquire().await.map_err(io::Error::other)?.forget();
        let count = from_instance.read(&mut buffer).await?;
        if count == 0 {
            line.send(CallChunk { end_of_stdout: true, ..CallChunk::default() }).await;
            return Ok(());
        }
        if !line.stdout(buffer[..count].to_vec()).await {
            return Err(io::Error::other(CANCELLED));
        }
    }
}
