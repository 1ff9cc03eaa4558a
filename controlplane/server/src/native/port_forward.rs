//! A client's connection to a port inside an instance: the client's stream and the agent's call, pumped both ways.
//!
//! HTTP/2 holds back a client whose stream nobody reads; the session to the agent holds back nobody, so there chunks are
//! counted (see the agent's side of `Connect`). Here the two meet: the client is read only with credit of the agent's, and
//! the agent gets credit for what the client's stream has taken.

use super::{NativeDoor, OUTBOX};
use crate::agents::{CallInputs, RunningCall};
use crate::cluster::relay::not_done;
use controlplane_proto::agent::{Call, CallChunk, Connect, call, call_input};
use controlplane_proto::api::{self, port_forward_input, port_forward_output};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

/// Chunks that may be on their way from the instance.
const WINDOW: u32 = 32;
/// The most one message of a client may carry.
const MOST_BYTES: usize = 16 << 10;
/// An agent that grants more than this has lost count.
const MOST_CREDIT: usize = 1 << 16;

type Outputs = mpsc::Sender<Result<api::PortForwardOutput, Status>>;

pub(super) async fn serve(
    door: &NativeDoor,
    mut input: Streaming<api::PortForwardInput>,
) -> Result<ReceiverStream<Result<api::PortForwardOutput, Status>>, Status> {
    let start = match input.message().await?.and_then(|message| message.input) {
        Some(port_forward_input::Input::Start(start)) => start,
        _ => return Err(Status::invalid_argument("the first message must say where to connect to")),
    };
    if start.port == 0 || start.port > u32::from(u16::MAX) {
        return Err(Status::invalid_argument(format!("port: {} is not from 1 to 65535", start.port)));
    }
    let (instance_id, node) = door.place(&start.instance).await?;
    let connect = Connect { instance_id, port: start.port, credit: WINDOW };
    let call = Call { id: 0, call: Some(call::Call::Connect(connect)) };
    let running = door.core.agents.call(&node, call).map_err(|error| not_done(error.to_string()))?;
    let (credit, inputs) = (Arc::new(Semaphore::new(0)), running.input());
    let (sender, receiver) = mpsc::channel(OUTBOX);
    let down = pump_down(running, sender, credit.clone());
    door.core.runtime.spawn("port-forward-output", Box::pin(down));
    door.core.runtime.spawn("port-forward-input", Box::pin(pump_up(input, inputs, credit)));
    Ok(ReceiverStream::new(receiver))
}

/// From the agent to the client. Ends with either; dropping the call cancels it.
async fn pump_down(mut running: RunningCall, outputs: Outputs, credit: Arc<Semaphore>) {
    let (inputs, mut taken, mut stands) = (running.input(), 0, false);
    loop {
        let chunk = tokio::select! {
            biased;
            () = outputs.closed() => break,
            chunk = running.chunk() => chunk,
        };
        let ended = chunk.as_ref().is_none_or(|chunk| chunk.last);
        for message in messages(chunk, &mut stands, &credit) {
            taken += u32::from(matches!(&message, Ok(message) if is_data(message)));
            if outputs.send(message).await.is_err() {
                break;
            }
        }
        if taken >= WINDOW / 2 {
            inputs.send(call_input::Input::Credit(std::mem::take(&mut taken))).await;
        }
        if ended {
            break;
        }
    }
    // Whoever waits for credit to send with waits for nothing now.
    credit.close();
}

fn is_data(message: &api::PortForwardOutput) -> bool {
    matches!(message.output, Some(port_forward_output::Output::Data(_)))
}

/// What the client hears of a chunk; credit in it is noted. The first credit says that the connection `stands`.
fn messages(
    chunk: Option<CallChunk>,
    stands: &mut bool,
    credit: &Semaphore,
) -> Vec<Result<api::PortForwardOutput, Status>> {
    use port_forward_output::Output;
    let Some(chunk) = chunk else { return vec![Err(Status::unavailable("the agent's session ended"))] };
    let room = MOST_CREDIT.saturating_sub(credit.available_permits());
    credit.add_permits(room.min(chunk.credit as usize));
    let connected = chunk.credit > 0 && !std::mem::replace(stands, *stands || chunk.credit > 0);
    let outputs = [
        connected.then_some(Output::Connected(true)),
        (!chunk.stdout.is_empty()).then_some(Output::Data(chunk.stdout)),
        chunk.end_of_stdout.then_some(Output::Close(true)),
    ];
    let mut messages: Vec<_> = outputs
        .into_iter()
        .flatten()
        .map(|output| Ok(api::PortForwardOutput { output: Some(output) }))
        .collect();
    if !chunk.error.is_empty() {
        messages.push(Err(match stands {
            true => Status::aborted(chunk.error),
            false => Status::failed_precondition(chunk.error),
        }));
    }
    messages
}

/// From the client to the agent.
async fn pump_up(mut input: Streaming<api::PortForwardInput>, inputs: CallInputs, credit: Arc<Semaphore>) {
    loop {
        let Ok(permit) = credit.acquire().await else { return };
        let Ok(Some(message)) = input.message().await else { break };
        let bytes = match message.input {
            Some(port_forward_input::Input::Data(bytes)) if bytes.len() <= MOST_BYTES => bytes,
            Some(port_forward_input::Input::Close(_)) => {
                inputs.send(call_input::Input::CloseStdin(true)).await;
                return;
            }
            // A client that breaks the rules is not listened to any longer.
            _ => break,
        };
        permit.forget();
        if !inputs.send(call_input::Input::Stdin(bytes)).await {
            return;
        }
    }
    inputs.send(call_input::Input::Cancel(true)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(chunk: CallChunk, stands: &mut bool, credit: &Semaphore) -> String {
        let word = |message: Result<api::PortForwardOutput, Status>| match message {
            Err(status) => format!("{:?}: {}", status.code(), status.message()),
            Ok(message) => format!("{:?}", message.output.unwrap()),
        };
        messages(Some(chunk), stands, credit).into_iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_client_hears_what_concerns_it() {
        let (mut stands, credit) = (false, Semaphore::new(0));
        let refused = CallChunk { last: true, error: "refused".into(), ..CallChunk::default() };
        assert_eq!(heard(refused.clone(), &mut stands, &credit), "FailedPrecondition: refused");
        let granted = CallChunk { credit: 32, ..CallChunk::default() };
        assert_eq!(heard(granted.clone(), &mut stands, &credit), "Connected(true)");
        assert_eq!((heard(granted, &mut stands, &credit), credit.available_permits()), (String::new(), 64));
        let data = CallChunk { stdout: vec![7], end_of_stdout: true, ..CallChunk::default() };
        assert_eq!(heard(data, &mut stands, &credit), "Data([7]) Close(true)");
        assert_eq!(heard(refused, &mut stands, &credit), "Aborted: refused");
        let mad = CallChunk { credit: u32::MAX, ..CallChunk::default() };
        assert_eq!(
            (heard(mad, &mut stands, &credit), credit.available_permits()),
            (String::new(), MOST_CREDIT)
        );
        let gone = messages(None, &mut stands, &credit);
        assert!(matches!(&gone[..], [Err(status)] if status.code() == tonic::Code::Unavailable));
    }
}
