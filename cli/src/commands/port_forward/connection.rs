//! One connection: a socket of this machine and a call of the region, copied both ways until both have ended.

use crate::client::Client;
use controlplane_proto::api::port_forward_input::Input;
use controlplane_proto::api::port_forward_output::Output;
use controlplane_proto::api::{PortForwardInput, PortForwardOutput, PortForwardStart};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

/// What the server takes in one message.
const CHUNK_BYTES: usize = 16 << 10;
/// Messages on their way to the server.
const WINDOW: usize = 8;

/// Errors of the kind `Other` are what the region says; the others are the socket's.
pub(super) async fn carry(
    mut client: Client,
    instance: String,
    port: u16,
    socket: TcpStream,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let (sender, receiver) = mpsc::channel(WINDOW);
    let start = PortForwardStart { instance, port: u32::from(port) };
    // The channel is new and has room.
    let _ = sender.send(PortForwardInput { input: Some(Input::Start(start)) }).await;
    let outputs = client.port_forward(ReceiverStream::new(receiver)).await.map_err(said)?;
    let (from_here, to_here) = socket.into_split();
    tokio::select! { biased;
        // The server closes the stream once both directions have ended.
        received = receive(outputs.into_inner(), to_here) => received,
        broken = pass_on(from_here, sender) => Err(broken),
    }
}

fn said(status: Status) -> io::Error {
    io::Error::other(status.message().to_owned())
}

/// From this machine to the instance; completes only when the socket breaks. What ends a connection well, and what the
/// region has against it, comes the other way.
async fn pass_on(mut from: OwnedReadHalf, sender: mpsc::Sender<PortForwardInput>) -> io::Error {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let input = match from.read(&mut buffer).await {
            Ok(0) => Input::Close(true),
            Ok(count) => Input::Data(buffer[..count].to_vec()),
            Err(error) => return error,
        };
        let last = matches!(input, Input::Close(_));
        let gone = sender.send(PortForwardInput { input: Some(input) }).await.is_err();
        if last || gone {
            // The end of the stream would be the end of the other direction too, so the sender is kept.
            return std::future::pending().await;
        }
    }
}

/// From the instance to this machine.
async fn receive(mut outputs: Streaming<PortForwardOutput>, mut to: OwnedWriteHalf) -> io::Result<()> {
    while let Some(message) = outputs.message().await.map_err(said)? {
        match message.output {
            Some(Output::Data(bytes)) => to.write_all(&bytes).await?,
            Some(Output::Close(_)) => to.shutdown().await?,
            Some(Output::Connected(_)) | None => {}
        }
    }
    Ok(())
}
