//! Connections into simulated instances: something answers on two ports, nothing on the others.

use super::SimMachine;
use super::console::no_instance;
use crate::backend::{BackendError, Connection, InstanceState};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// Sends back what it gets (RFC 862).
const ECHO: u16 = 7;
/// Answers any request with the host name, as the built-in image does.
const HTTP: u16 = 80;
const BUFFER_BYTES: usize = 4096;

impl SimMachine {
    pub(super) fn connect_to(&self, id: &str, port: u16) -> Result<Connection, BackendError> {
        let state = self.powered()?;
        let instance = state.instances.get(id).ok_or_else(|| no_instance(id))?;
        if instance.state() != InstanceState::Running {
            return Err(BackendError::Permanent(format!("instance {id} does not run")));
        }
        let (ours, theirs) = tokio::io::duplex(BUFFER_BYTES);
        let ended = instance.ended();
        let hostname = instance.hostname().to_owned();
        let server = async move {
            tokio::select! { biased;
                () = ended => {}
                () = serve(port, hostname, theirs) => {}
            }
        };
        match port {
            ECHO | HTTP => self.inner.runtime.spawn("sim-connection", Box::pin(server)),
            _ => return Err(BackendError::Permanent(format!("port {port}: connection refused"))),
        };
        Ok(Box::new(ours))
    }
}

/// Whoever hangs up half-way is no failure of the server.
async fn serve(port: u16, hostname: String, stream: DuplexStream) {
    let (mut from, mut to) = tokio::io::split(stream);
    if port == ECHO {
        let _ = tokio::io::copy(&mut from, &mut to).await;
    } else if from.read(&mut [0; BUFFER_BYTES]).await.is_ok_and(|count| count > 0) {
        let answer = format!("HTTP/1.0 200 OK\r\ncontent-length: {}\r\n\r\n{hostname}\n", hostname.len() + 1);
        let _ = to.write_all(answer.as_bytes()).await;
    }
    let _ = to.shutdown().await;
}
