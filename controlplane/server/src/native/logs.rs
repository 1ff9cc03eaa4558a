//! `hearth logs`: console output, from the agent that has it.

use super::{NativeDoor, OUTBOX, rows};
use crate::agents::CallEvent;
use crate::cluster::relay::not_done;
use controlplane_proto::agent::{Call, ConsoleOutput, call};
use controlplane_proto::api;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

pub(super) async fn serve(
    door: &NativeDoor,
    request: api::LogsRequest,
) -> Result<ReceiverStream<Result<api::LogsChunk, Status>>, Status> {
    let (instance_id, node) = door.place(&request.instance).await?;
    let console = ConsoleOutput { instance_id, follow: request.follow, tail_bytes: 0 };
    let call = Call { id: 0, call: Some(call::Call::ConsoleOutput(console)) };
    let mut running = door.core.agents.call(&node, call).map_err(|error| not_done(error.to_string()))?;
    let (sender, receiver) = mpsc::channel(OUTBOX);
    let mut tail = rows::TailLines::new(request.tail_lines, request.follow);
    let pump = async move {
        loop {
            let (chunk, last) = match running.next().await {
                CallEvent::Output { stdout, .. } => (Ok(tail.take(stdout)), false),
                CallEvent::Ended(_) => (Ok(tail.rest()), true),
                CallEvent::Failed(reason) => (Err(Status::unavailable(reason)), true),
            };
            let chunk = chunk.map(|data| api::LogsChunk { data });
            let worth_sending = chunk.as_ref().map_or(true, |chunk| !chunk.data.is_empty());
            if (worth_sending && sender.send(chunk).await.is_err()) || last {
                return;
            }
        }
    };
    door.core.runtime.spawn("logs", Box::pin(pump));
    Ok(ReceiverStream::new(receiver))
}
