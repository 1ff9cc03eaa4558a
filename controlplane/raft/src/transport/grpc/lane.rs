//! The requests that come all the time share one stream to a peer and are told apart by number.
//!
//! A call of its own for each costs headers, a stream's state and a task on both sides, which for an append is more work
//! than what is appended. A stream that breaks fails the requests on it and is opened again by the next one, as a
//! connection is.

use super::{Client, failed};
use crate::transport::{Method, TransportError};
use crate::types::NodeId;
use bytes::Bytes;
use controlplane_proto::raft::{ExchangeReply, ExchangeRequest};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

/// Requests that wait to be sent. More means that the peer takes none.
const QUEUE: usize = 1024;

type Outcome = Result<Bytes, TransportError>;

/// The way to one peer.
pub(super) struct Lane {
    peer: NodeId,
    live: Arc<Live>,
    requests: mpsc::Sender<ExchangeRequest>,
}

/// Who waits for what.
#[derive(Default)]
struct Live(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: u64,
    replies: BTreeMap<u64, oneshot::Sender<Outcome>>,
    ended: Option<TransportError>,
}

impl Lane {
    /// Opens a stream; whether the peer can be reached shows when it is used.
    pub(super) fn open(peer: NodeId, client: Client, runtime: &dyn Runtime) -> Self {
        let (requests, outgoing) = mpsc::channel(QUEUE);
        let live = Arc::<Live>::default();
        runtime.spawn("exchange", Box::pin(drive(peer, client, outgoing, live.clone())));
        Self { peer, live, requests }
    }

    /// Whether nothing can be sent any more.
    pub(super) fn has_ended(&self) -> bool {
        self.live.lock().ended.is_some()
    }

    /// Sends a request, in the order of the calls; completes with its reply. Dropping the future gives up.
    pub(super) fn call(&self, method: Method, body: Bytes) -> impl Future<Output = Outcome> + use<> {
        let (sent, peer) = (self.send(method, body), self.peer);
        async move {
            let (given_up, reply) = sent?;
            let outcome = reply.await;
            drop(given_up);
            outcome
                .unwrap_or_else(|_| Err(TransportError::Broken { peer, reason: "it was let go".to_owned() }))
        }
    }

    fn send(
        &self,
        method: Method,
        body: Bytes,
    ) -> Result<(GivenUp, oneshot::Receiver<Outcome>), TransportError> {
        let (reply, outcome) = oneshot::channel();
        let number = self.live.expect(reply)?;
        let given_up = GivenUp { live: self.live.clone(), number };
        let request = ExchangeRequest { number, method: method.as_str().to_owned(), body };
        let full = |_| TransportError::Broken { peer: self.peer, reason: "it takes no requests".to_owned() };
        self.requests.try_send(request).map_err(full)?;
        Ok((given_up, outcome))
    }
}

/// Forgets a request whose caller does not wait any more.
struct GivenUp {
    live: Arc<Live>,
    number: u64,
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.live.lock().replies.remove(&self.number);
    }
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(&self, reply: oneshot::Sender<Outcome>) -> Result<u64, TransportError> {
        let mut waiting = self.lock();
        if let Some(error) = &waiting.ended {
            return Err(error.clone());
        }
        waiting.next += 1;
        let number = waiting.next;
        waiting.replies.insert(number, reply);
        Ok(number)
    }

    fn answer(&self, peer: NodeId, reply: ExchangeReply) {
        let waiting = self.lock().replies.remove(&reply.number);
        let outcome = match reply.refused.is_empty() {
            true => Ok(reply.body),
            false => Err(TransportError::Rejected { peer, reason: reply.refused }),
        };
        if let Some(waiting) = waiting {
            // The caller may have given up in this moment.
            let _ = waiting.send(outcome);
        }
    }

    fn end(&self, error: &TransportError) {
        let replies = {
            let mut waiting = self.lock();
            waiting.ended = Some(error.clone());
            std::mem::take(&mut waiting.replies)
        };
        for (_, reply) in replies {
            let _ = reply.send(Err(error.clone()));
        }
    }
}

/// Sends what waits and hands out the replies until the stream ends.
async fn drive(peer: NodeId, mut client: Client, outgoing: mpsc::Receiver<ExchangeRequest>, live: Arc<Live>) {
    let mut replies = match client.exchange(ReceiverStream::new(outgoing)).await {
        Ok(replies) => replies.into_inner(),
        Err(status) => return live.end(&failed(peer, &status)),
    };
    loop {
        match replies.message().await {
            Ok(Some(reply)) => live.answer(peer, reply),
            Ok(None) => {
                let reason = "it ended the stream".to_owned();
                return live.end(&TransportError::Broken { peer, reason });
            }
            Err(status) => return live.end(&failed(peer, &status)),
        }
    }
}
