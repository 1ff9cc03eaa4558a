//! Running a command inside an instance: the client's stream and the agent's call, pumped both ways.

use super::{NativeDoor, OUTBOX};
use crate::agents::{CallEvent, CallInputs};
use crate::cluster::relay::not_done;
use controlplane_proto::agent::{self, Call, Exec, call, call_input};
use controlplane_proto::api;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

pub(super) async fn serve(
    door: &NativeDoor,
    mut input: Streaming<api::ExecInput>,
) -> Result<ReceiverStream<Result<api::ExecOutput, Status>>, Status> {
    let start = match input.message().await?.and_then(|message| message.input) {
        Some(api::exec_input::Input::Start(start)) => start,
        _ => return Err(Status::invalid_argument("the first message must say what to run")),
    };
    if start.command.is_empty() {
        return Err(Status::invalid_argument("command: there is nothing to run"));
    }
    let (instance_id, node) = door.place(&start.instance).await?;
    let size = start.size.unwrap_or_default();
    let exec =
        Exec { instance_id, command: start.command, tty: start.tty, rows: size.rows, columns: size.columns };
    let call = Call { id: 0, call: Some(call::Call::Exec(exec)) };
    let mut running = door.core.agents.call(&node, call).map_err(|error| not_done(error.to_string()))?;
    let inputs = running.input();
    let (sender, receiver) = mpsc::channel(OUTBOX);
    let pump = async move {
        loop {
            let event = tokio::select! {
                biased;
                () = sender.closed() => return,
                event = running.next() => event,
            };
            let (message, last) = output(event);
            if sender.send(message).await.is_err() || last {
                return;
            }
        }
    };
    door.core.runtime.spawn("exec-output", Box::pin(pump));
    door.core.runtime.spawn("exec-input", Box::pin(pump_input(input, inputs)));
    Ok(ReceiverStream::new(receiver))
}

fn output(event: CallEvent) -> (Result<api::ExecOutput, Status>, bool) {
    match event {
        CallEvent::Output { stdout, stderr } => {
            (Ok(api::ExecOutput { stdout, stderr, ..api::ExecOutput::default() }), false)
        }
        CallEvent::Ended(exit_code) => {
            (Ok(api::ExecOutput { exited: true, exit_code, ..api::ExecOutput::default() }), true)
        }
        CallEvent::Failed(reason) => (Err(Status::unavailable(reason)), true),
    }
}

async fn pump_input(mut input: Streaming<api::ExecInput>, inputs: CallInputs) {
    while let Ok(Some(message)) = input.message().await {
        let input = match message.input {
            Some(api::exec_input::Input::Stdin(bytes)) => call_input::Input::Stdin(bytes),
            Some(api::exec_input::Input::CloseStdin(_)) => call_input::Input::CloseStdin(true),
            Some(api::exec_input::Input::Resize(size)) => {
                call_input::Input::Resize(agent::Resize { rows: size.rows, columns: size.columns })
            }
            Some(api::exec_input::Input::Start(_)) | None => continue,
        };
        if !inputs.send(input).await {
            return;
        }
    }
}
