//! Asking the leader: identity calls are answered by whoever leads, and the others say who that is.

use super::PkiError;
use controlplane_proto::identity::identity_client::IdentityClient;
use controlplane_proto::tls::Connector;
use controlplane_types::Runtime;
use std::collections::VecDeque;
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// Trailer with the leader's address.
pub(crate) const LEADER_KEY: &str = "hearth-leader";
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// The slowest part is a commit.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// An election takes less than all attempts together.
const ATTEMPTS: usize = 12;
const PAUSE: Duration = Duration::from_millis(400);

/// Why a call to the cluster came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No address was given.
    #[error("no server address is known")]
    NoServer,
    /// An address that is none.
    #[error("{0} is not an address")]
    Address(String),
    /// No server could be reached, or none led.
    #[error("no server answers ({server}: {reason})")]
    Unreachable {
        /// The last one tried.
        server: String,
        /// Why that one did not.
        reason: String,
    },
    /// The cluster said no.
    #[error("{}", .0.message())]
    Refused(Box<Status>),
    /// Something in the answer, or on this machine, is not usable.
    #[error(transparent)]
    Pki(#[from] PkiError),
}

/// Tries `call` at the servers in turn, follows their advice about the leader, and tries again while an election may be
/// under way. The call has to be safe to repeat.
pub async fn ask_leader<T, F>(
    servers: &[String],
    connector: &Connector,
    runtime: &dyn Runtime,
    call: impl Fn(IdentityClient<Channel>) -> F + Sync,
) -> Result<T, CallError>
where
    F: Future<Output = Result<T, Status>> + Send,
{
    let mut next: VecDeque<String> = servers.iter().cloned().collect();
    let mut last = CallError::NoServer;
    for attempt in 0..ATTEMPTS {
        let Some(server) = next.pop_front() else { return Err(last) };
        let channel = connect(&server, connector.clone()).await?;
        let answer = match channel {
            Ok(channel) => call(IdentityClient::new(channel)).await,
            Err(status) => Err(status),
        };
        match answer {
            Ok(answer) => return Ok(answer),
            Err(status) if is_worth_another_try(status.code()) => {
                let leader = status.metadata().get(LEADER_KEY).and_then(|leader| leader.to_str().ok());
                match leader {
                    Some(leader) => next.push_front(leader.to_owned()),
                    None if (attempt + 1) % servers.len().max(1) == 0 => runtime.sleep(PAUSE).await,
                    None => {}
                }
                let reason = chain(&status);
                last = CallError::Unreachable { server: server.clone(), reason };
                next.push_back(server);
            }
            Err(status) => return Err(CallError::Refused(Box::new(status))),
        }
    }
    Err(last)
}

/// A revoked or foreign certificate shows as a broken connection, which is worth no more than any other.
fn is_worth_another_try(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::Aborted | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown
    )
}

/// A server that cannot be reached is worth another try; an address that is none is not.
async fn connect(server: &str, connector: Connector) -> Result<Result<Channel, Status>, CallError> {
    let endpoint = Connector::endpoint(server).map_err(|_| CallError::Address(server.to_owned()))?;
    let endpoint = endpoint.connect_timeout(CONNECT_WITHIN).timeout(ANSWER_WITHIN);
    let channel = endpoint.connect_with_connector(connector).await;
    Ok(channel.map_err(|error| Status::from_error(Box::new(error))))
}

/// The message with its causes: "transport error" alone helps nobody.
fn chain(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut cause = std::error::Error::source(status);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
