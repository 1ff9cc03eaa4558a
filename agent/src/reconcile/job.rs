//! Slow work beside the loop. At most one job per subject, bounded in number per kind of work; a job always says how
//! it ended, even when it panics or is aborted.

use super::attempts::Subject;
use super::measured::Measured;
use crate::backend::{Backend, BackendError, ImageArchive};
use crate::causes::Causes;
use crate::image::verified;
use crate::instance::{Action, Plan};
use crate::network::Wanted;
use crate::session::Connect;
use crate::tasks::Tasks;
use controlplane_proto::agent::{Image, Instance, ObjectKey};
use controlplane_types::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Starts that run at once: the kernel serialises much of it anyway, and the first must not wait for the last.
const MOST_STARTS: usize = 8;
/// Stops and removals that run at once; they mostly wait.
const MOST_ENDS: usize = 32;
/// Images that are unpacked at once; each can fill the disk's bandwidth.
const MOST_IMAGES: usize = 2;
/// Room for the end of every job, so that sending it never waits.
pub(super) const MOST_IN_FLIGHT: usize = 1 + MOST_STARTS + MOST_ENDS + MOST_IMAGES;

/// The lanes of the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Network,
    Images,
    Starts,
    Ends,
}

impl Lane {
    fn bound(self) -> usize {
        match self {
            Self::Network => 1,
            Self::Images => MOST_IMAGES,
            Self::Starts => MOST_STARTS,
            Self::Ends => MOST_ENDS,
        }
    }
}

/// A job that ended.
pub(super) struct Done {
    pub(super) subject: Subject,
    /// The desired state it was about.
    pub(super) about: Vec<u8>,
    pub(super) outcome: Outcome,
}

/// How it ended.
pub(super) enum Outcome {
    /// The network was made, apart from the errors; or the job was lost.
    Network { wanted: Arc<Wanted>, errors: Result<Vec<(ObjectKey, BackendError)>, BackendError> },
    /// Anything else.
    Other(Result<(), BackendError>),
}

/// The jobs that run.
pub(super) struct InFlight {
    lanes: BTreeMap<Subject, Lane>,
    /// What was planned for the instances among them.
    plans: BTreeMap<String, Plan>,
    sender: mpsc::Sender<Done>,
    causes: Causes,
}

/// Sends `done` when dropped, so when the job ends in whichever way.
struct Ending {
    done: Option<Done>,
    sender: mpsc::Sender<Done>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(done) = self.done.take() {
            // There is room for every job; only a loop that has ended is not there to hear it.
            let _ = self.sender.try_send(done);
        }
    }
}

impl InFlight {
    pub(super) fn new(sender: mpsc::Sender<Done>, causes: Causes) -> Self {
        Self { lanes: BTreeMap::new(), plans: BTreeMap::new(), sender, causes }
    }

    /// Whether a job about `subject` may start in `lane` now.
    pub(super) fn has_room(&self, subject: &Subject, lane: Lane) -> bool {
        let busy = self.lanes.values().filter(|busy| **busy == lane).count();
        busy < lane.bound() && !self.lanes.contains_key(subject)
    }

    pub(super) fn ended(&mut self, subject: &Subject) {
        self.lanes.remove(subject);
        if let Subject::Instance(id) = subject {
            self.plans.remove(id);
        }
    }

    /// Notes the plan whose step is about to start.
    pub(super) fn note_plan(&mut self, id: &str, plan: &Plan) {
        self.plans.insert(id.to_owned(), Plan { action: None, ..plan.clone() });
    }

    /// The plan of an instance with a step in flight. It holds until the step has ended: what can be seen meanwhile is
    /// neither the state before nor the one after (a container half started, a disk half removed), and whoever
    /// reports it says "running" too early or "gone" too early.
    pub(super) fn plan(&self, id: &str) -> Option<&Plan> {
        self.plans.get(id)
    }

    /// Instances with a step in flight.
    pub(super) fn instances(&self) -> impl Iterator<Item = &str> {
        self.plans.keys().map(String::as_str)
    }

    /// Runs `work`; `done` says meanwhile how it would have ended if it were lost.
    pub(super) fn start(&mut self, tasks: &Tasks, lane: Lane, done: Done, work: BoxFuture<Outcome>) {
        self.lanes.insert(done.subject.clone(), lane);
        let step = Measured::begin(lane, &done.subject, &self.causes, tasks.runtime().clone());
        let mut ending = Ending { done: Some(done), sender: self.sender.clone() };
        let whole = async move {
            let outcome = work.await;
            step.end(&outcome);
            if let Some(done) = &mut ending.done {
                done.outcome = outcome;
            }
        };
        tasks.spawn("job", Box::pin(whole));
    }
}

/// What a job is when nobody hears of it again.
pub(super) fn lost() -> BackendError {
    BackendError::Retry("the agent lost the task that did it".to_owned())
}

/// Networks, then the metadata service: an instance that starts must find both.
pub(super) fn network(backend: &Arc<dyn Backend>, wanted: Arc<Wanted>) -> BoxFuture<Outcome> {
    let backend = backend.clone();
    Box::pin(async move {
        let errors = backend.apply_network(wanted.state.clone()).await;
        backend.set_metadata(wanted.metadata.clone()).await;
        Outcome::Network { wanted, errors: Ok(errors) }
    })
}

/// Fetches an image if it has to be, and unpacks it.
pub(super) fn add_image(
    backend: &Arc<dyn Backend>,
    images: &Arc<dyn Connect>,
    tasks: &Tasks,
    image: Image,
) -> BoxFuture<Outcome> {
    let (backend, images, tasks) = (backend.clone(), images.clone(), tasks.clone());
    Box::pin(async move {
        Outcome::Other(match archive(&*images, &tasks, &image).await {
            Ok(archive) => backend.add_image(image, archive).await,
            Err(error) => Err(error),
        })
    })
}

async fn archive(
    images: &dyn Connect,
    tasks: &Tasks,
    image: &Image,
) -> Result<Option<ImageArchive>, BackendError> {
    match image.source.as_str() {
        "import" => {
            let archive = images.fetch_image(image.digest.clone()).await?;
            Ok(Some(verified(tasks.runtime().as_ref(), image.digest.clone(), archive)))
        }
        // What the machine has, or gets by itself.
        "registry" => Ok(None),
        source if source.starts_with("builtin:") => Ok(None),
        source => {
            Err(BackendError::Permanent(format!("image {} has the unknown source {source:?}", image.id)))
        }
    }
}

/// Removes an image.
pub(super) fn remove_image(backend: &Arc<dyn Backend>, digest: String) -> BoxFuture<Outcome> {
    let removed = backend.remove_image(digest);
    Box::pin(async move { Outcome::Other(removed.await) })
}

/// One step of an instance.
pub(super) struct Step {
    pub(super) id: String,
    pub(super) action: Action,
    /// For a start.
    pub(super) instance: Option<(Instance, Image)>,
    pub(super) grace: Duration,
}

impl Step {
    pub(super) fn lane(&self) -> Lane {
        if self.action == Action::Start { Lane::Starts } else { Lane::Ends }
    }

    pub(super) fn work(self, backend: &Arc<dyn Backend>) -> BoxFuture<Outcome> {
        let grace_ms = u64::try_from(self.grace.as_millis()).unwrap_or(u64::MAX);
        let done = match (self.action, self.instance) {
            (Action::Start, Some((instance, image))) => backend.start(instance, image),
            // The gate opens only with an image, so this is not reached; nothing would be started by it.
            (Action::Start, None) => Box::pin(async { Err(lost()) }),
            (Action::Stop, _) => backend.stop(self.id, grace_ms),
            (Action::Remove, _) => backend.remove(self.id),
        };
        Box::pin(async move { Outcome::Other(done.await) })
    }
}
