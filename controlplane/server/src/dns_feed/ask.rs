//! Questions to a DNS server about itself, over the stream that brings it zones: it listens nowhere else for us.

use super::DnsFeed;
use controlplane_proto::debug::{InspectRequest, InspectResponse};
use controlplane_proto::dns::{Answer, Question};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// A DNS server that does not answer by then is busy or gone.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Questions on their way at once, of all askers.
const ON_THEIR_WAY: usize = 64;

/// Why a DNS server said nothing of itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is no session with a DNS server of this name.
    #[error("no DNS server {0} is connected")]
    NotConnected(String),
    /// Too many others ask.
    #[error("{ON_THEIR_WAY} questions are on their way already")]
    Full,
    /// It took too long, or its session ended.
    #[error("DNS server {0} did not answer in time")]
    Silent(String),
    /// It will not.
    #[error("DNS server {server}: {reason}")]
    Refused {
        /// Who was asked.
        server: String,
        /// What it said.
        reason: String,
    },
}

/// Who waits for an answer, by number of the question.
#[derive(Default)]
pub(super) struct Asked(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    newest: u64,
    askers: BTreeMap<u64, oneshot::Sender<Answer>>,
}

impl Asked {
    /// Hands an answer to whoever waits for it, if anybody still does.
    pub(super) fn answered(&self, answer: Answer) {
        if let Some(asker) = self.waiting().askers.remove(&answer.number) {
            let _ = asker.send(answer);
        }
    }

    fn begin(&self) -> Result<(Place<'_>, oneshot::Receiver<Answer>), AskError> {
        let mut waiting = self.waiting();
        if waiting.askers.len() >= ON_THEIR_WAY {
            return Err(AskError::Full);
        }
        waiting.newest += 1;
        let (sender, answer) = oneshot::channel();
        let number = waiting.newest;
        waiting.askers.insert(number, sender);
        Ok((Place { asked: self, number }, answer))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody waits; given up with the wait, however it ends.
struct Place<'a> {
    asked: &'a Asked,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.asked.waiting().askers.remove(&self.number);
    }
}

impl DnsFeed {
    /// What the DNS server `server` says of itself, after taking the log levels of `request`.
    pub async fn inspect(&self, server: &str, request: InspectRequest) -> Result<InspectResponse, AskError> {
        let (place, answer) = self.0.asked.begin()?;
        self.question(server, Question { number: place.number, inspect: Some(request) })?;
        let answer = tokio::select! {
            biased;
            answer = answer => answer.ok(),
            () = self.0.runtime.sleep(ANSWER_WITHIN) => None,
        };
        let Answer { inspected, refused, .. } = answer.ok_or_else(|| AskError::Silent(server.to_owned()))?;
        inspected.ok_or_else(|| AskError::Refused { server: server.to_owned(), reason: refused })
    }

    fn question(&self, server: &str, question: Question) -> Result<(), AskError> {
        let subscribers = self.subscribers();
        let session = subscribers.get(server).and_then(|subscriber| subscriber.session.as_ref());
        let session = session.ok_or_else(|| AskError::NotConnected(server.to_owned()))?;
        session.questions.lock().unwrap_or_else(PoisonError::into_inner).push(question);
        session.look.notify_one();
        Ok(())
    }
}
