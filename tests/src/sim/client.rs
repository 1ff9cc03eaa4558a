//! A client of the AWS door, as an SDK is one: asks any server, tries again elsewhere under the same invocation id.
//!
//! A request runs on the machine of the server it was sent to and not in the client's own task: when that server is
//! paused or dies, the request stops or dies with it, and a request that was given up may still arrive.

use super::request::{Answer, Request};
use super::server::Servers;
use controlplane_types::Runtime;
use std::sync::Arc;
use std::time::Duration;

/// What one attempt may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between attempts.
const PAUSE: Duration = Duration::from_millis(100);
/// Attempts before a client gives up for good; more than any outage here needs.
const ATTEMPTS: usize = 100;

/// A client.
#[derive(Clone)]
pub struct Client {
    servers: Servers,
    runtime: Arc<dyn Runtime>,
    name: String,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Told {
    /// The answer; `None` when the client gave up, and the request may still be carried out.
    pub answer: Option<Answer>,
    /// How often it was sent. With more than one, an earlier one may be on its way while the answer to a later one is
    /// here.
    pub attempts: usize,
}

impl Client {
    /// A client with a name of its own; invocation ids are made from it.
    pub fn new(servers: &Servers, runtime: Arc<dyn Runtime>, name: &str) -> Self {
        Self { servers: servers.clone(), runtime, name: name.to_owned() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its machine.
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.runtime
    }

    /// The id of all copies of its request `number`.
    pub fn invocation(&self, number: usize) -> String {
        format!("{}-{number}", self.name)
    }

    /// Whether its requests may arrive twice.
    pub fn may_double(&self) -> bool {
        self.servers.may_double()
    }

    /// Asks the servers in turn until one answers with anything but "try again".
    ///
    /// # Panics
    /// When nobody does.
    pub async fn ask(&self, number: usize, request: &Request) -> Answer {
        let told = self.ask_patiently(number, request, ATTEMPTS).await;
        told.answer.unwrap_or_else(|| panic!("nobody answered {}-{number}", self.name))
    }

    /// The same, so many times at most.
    pub async fn ask_patiently(&self, number: usize, request: &Request, attempts: usize) -> Told {
        let request = request.clone().under(&self.invocation(number));
        for attempt in 0..attempts {
            let ids = self.servers.ids();
            let answer = self.try_at(ids[(number + attempt) % ids.len()], &request).await;
            if let Some(answer) = answer.filter(|answer| answer.status < 500) {
                return Told { answer: Some(answer), attempts: attempt + 1 };
            }
            self.runtime.sleep(PAUSE).await;
        }
        Told { answer: None, attempts }
    }

    /// One attempt at server `id`; `None` when it is down or silent.
    pub async fn try_at(&self, id: u64, request: &Request) -> Option<Answer> {
        let path = self.servers.path.clone();
        if path.doubles() {
            let (again, request) = (self.clone(), request.clone());
            let task = async move {
                // Nobody waits for the second answer.
                drop(again.travel(id, request).await);
            };
            self.runtime.spawn("doubled request", Box::pin(task));
        }
        tokio::select! {
            biased;
            answer = self.travel(id, request.clone()) => answer,
            () = self.runtime.sleep(PATIENCE) => None,
        }
    }

    async fn travel(&self, id: u64, request: Request) -> Option<Answer> {
        self.pass().await;
        let answer = self.servers.knock(id, request)?.await.ok()?;
        self.pass().await;
        Some(answer)
    }

    /// Lets one message travel; a lost one never arrives.
    async fn pass(&self) {
        match self.servers.path.fate() {
            Some(delay) => self.runtime.sleep(delay).await,
            None => std::future::pending().await,
        }
    }
}
