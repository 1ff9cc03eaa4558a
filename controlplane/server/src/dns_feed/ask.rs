//! Questions to DNS servers, about themselves and about what they answer, over the stream that brings them zones: they listen
//! nowhere else for us.

use super::DnsFeed;
use controlplane_proto::debug::{InspectRequest, InspectResponse};
use controlplane_proto::dns::answer::Said;
use controlplane_proto::dns::question::About;
use controlplane_proto::dns::{Answer, DrawZone, LookUp, LookedUp, Question};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// A DNS server that does not answer by then is busy or gone.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Questions on their way at once, of all askers.
const ON_THEIR_WAY: usize = 64;
/// DNS servers that are tried with a question any of them can answer.
const TRIED: usize = 2;

/// Why a DNS server said nothing of itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is no session with a DNS server of this name.
    #[error("no DNS server {0} is connected")]
    NotConnected(String),
    /// There is no session with any DNS server.
    #[error("no DNS server is connected")]
    Nobody,
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
        match self.ask(server, About::Inspect(request)).await? {
            Said::Inspected(inspected) => Ok(inspected),
            other => Err(refused(server, other)),
        }
    }

    /// What a query would get, and of which DNS server.
    pub async fn look_up(&self, look_up: LookUp) -> Result<(String, LookedUp), AskError> {
        match self.ask_any(&About::LookUp(look_up)).await? {
            (server, Said::LookedUp(found)) => Ok((server, found)),
            (server, other) => Err(refused(&server, other)),
        }
    }

    /// The tree of a zone, and which DNS server drew it.
    pub async fn draw_zone(&self, zone_id: &str) -> Result<(String, String), AskError> {
        match self.ask_any(&About::DrawZone(DrawZone { zone_id: zone_id.to_owned() })).await? {
            (server, Said::Drawn(tree)) => Ok((server, tree)),
            (server, other) => Err(refused(&server, other)),
        }
    }

    /// Asks the DNS server that serves the newest zones, and another one if it says nothing.
    async fn ask_any(&self, about: &About) -> Result<(String, Said), AskError> {
        let mut last = AskError::Nobody;
        for server in self.newest_first().into_iter().take(TRIED) {
            match self.ask(&server, about.clone()).await {
                Ok(said) => return Ok((server, said)),
                Err(error @ (AskError::Silent(_) | AskError::NotConnected(_))) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    fn newest_first(&self) -> Vec<String> {
        let subscribers = self.subscribers();
        let connected = subscribers.iter().filter(|(_, subscriber)| subscriber.session.is_some());
        let mut connected: Vec<_> =
            connected.map(|(name, subscriber)| (Reverse(subscriber.serves), name.clone())).collect();
        connected.sort();
        connected.into_iter().map(|(_, name)| name).collect()
    }

    async fn ask(&self, server: &str, about: About) -> Result<Said, AskError> {
        let (place, answer) = self.0.asked.begin()?;
        self.question(server, Question { number: place.number, about: Some(about) })?;
        let answer = tokio::select! {
            biased;
            answer = answer => answer.ok(),
            () = self.0.runtime.sleep(ANSWER_WITHIN) => None,
        };
        let said = answer.ok_or_else(|| AskError::Silent(server.to_owned()))?.said;
        Ok(said.unwrap_or_else(|| Said::Refused(String::new())))
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

/// It said something else than what was asked for; an older program does not know every question.
fn refused(server: &str, said: Said) -> AskError {
    let reason = match said {
        Said::Refused(reason) if !reason.is_empty() => reason,
        _ => "it does not know the question".to_owned(),
    };
    AskError::Refused { server: server.to_owned(), reason }
}
