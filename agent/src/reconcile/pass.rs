//! One pass: look, remember, plan, start what is due, publish.

use super::attempts::Subject;
use super::gate::{Ground, about_image, about_instance};
use super::job::{self, Done, Lane, Outcome, Step};
use super::{Parts, Reconciler, measured};
use crate::backend::{BackendError, InstanceState, ObservedInstance};
use crate::desired::keeper::Kept;
use crate::desired::{Held, View};
use crate::image;
use crate::instance::{self, Gate, Situation};
use crate::ledger::runs::{self, Runs};
use crate::report::Observed;
use controlplane_proto::agent::instance_status::State;
use controlplane_proto::agent::{Generation, InstanceStatus, Pressure, pressure};
use controlplane_proto::desired::ObjectRef;
use controlplane_types::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

/// The machine, as seen at the start of a pass.
struct Seen {
    boot_id: String,
    instances: BTreeMap<String, ObservedInstance>,
    images: Vec<String>,
    partial_images: Vec<String>,
}

type Plans = BTreeMap<String, instance::Plan>;

impl Reconciler {
    /// Returns how long the next pass may wait.
    pub(super) async fn pass(&mut self) -> Duration {
        let kept = self.parts.kept.borrow_and_update().clone();
        let seen = self.look().await;
        measured::passed(seen.is_ok());
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => return self.blind(&kept, &error),
        };
        let view = View::of(&kept.held.set);
        self.remember(&seen, &view).await;
        match &kept.held.generation {
            Some(generation) => self.act(&seen, &kept, &view, generation),
            None => self.watch_only(&seen, &kept),
        }
        self.pause()
    }

    async fn look(&self) -> Result<Seen, BackendError> {
        let backend = &self.parts.backend;
        let instances = backend.instances().await?;
        let images = backend.images().await?;
        let partial_images = backend.partial_images().await?;
        let instances = instances.into_iter().map(|it| (it.id.clone(), it)).collect();
        Ok(Seen { boot_id: backend.boot_id(), instances, images, partial_images })
    }

    /// The machine cannot be looked at; what was published stays true as far as anybody knows.
    fn blind(&mut self, kept: &Kept, error: &BackendError) -> Duration {
        warn!(%error, "the machine cannot be observed");
        let before = self.parts.observed.borrow().clone();
        let mut observed = before.map(|it| (*it).clone()).unwrap_or_default();
        observed.troubles = self.troubles(kept);
        observed.troubles.push(format!("the machine cannot be observed: {error}"));
        self.publish(observed);
        self.parts.timing.retry.first
    }

    /// Learns from what was seen and writes it down before anything is done because of it.
    async fn remember(&mut self, seen: &Seen, view: &View<'_>) {
        let known = self.parts.runs.keys().chain(seen.instances.keys()).cloned().collect::<BTreeSet<_>>();
        let concerns =
            |id: &String| seen.instances.contains_key(id) || view.instances.contains_key(id.as_str());
        let learned = |id: String| {
            let memory = self.parts.runs.get(&id);
            if self.in_flight.plan(&id).is_some() {
                return memory.cloned().map(|memory| (id, memory));
            }
            let memory = instance::memory::learn(memory, seen.instances.get(&id), &seen.boot_id)?;
            Some((id, memory))
        };
        let runs: Runs = known.into_iter().filter(concerns).filter_map(learned).collect();
        if runs != self.parts.runs || self.ledger_trouble.is_some() {
            self.save_runs(runs).await;
        }
    }

    async fn save_runs(&mut self, runs: Runs) {
        let saved = self.parts.ledger.save(runs::NAME, runs::encode(&runs)).await;
        self.parts.runs = runs;
        // Going on without it costs a restart count after a reboot; stopping here would cost the service.
        self.ledger_trouble =
            saved.err().map(|error| format!("runs cannot be written to the ledger: {error}"));
        if let Some(trouble) = &self.ledger_trouble {
            warn!("{trouble}");
        }
    }

    /// Before the first contact nothing is desired, so nothing is done; what is there is told.
    fn watch_only(&mut self, seen: &Seen, kept: &Kept) {
        let told = |seen: &ObservedInstance| (seen.id.clone(), bare_status(seen));
        let instances = seen.instances.values().map(told).collect();
        self.publish(Observed { instances, troubles: self.troubles(kept), ..Observed::default() });
    }

    fn act(&mut self, seen: &Seen, kept: &Kept, view: &View<'_>, generation: &Generation) {
        self.forget(seen, view);
        let plans = self.plan_instances(seen, view);
        self.make_network(&kept.held, view, &plans, generation);
        self.tell_names(&kept.held);
        self.make_images(seen, view);
        for (id, plan) in &plans {
            self.step(id, plan, view);
        }
        let instances = plans.into_iter().filter_map(|(id, plan)| Some((id, plan.status?))).collect();
        self.publish(Observed {
            generation: Some(generation.clone()),
            applied: self.network.applied(),
            instances,
            errors: self.errors(view),
            troubles: self.troubles(kept),
            strain: None,
        });
    }

    fn forget(&mut self, seen: &Seen, view: &View<'_>) {
        let digests: BTreeSet<&str> = view.images.values().map(|image| image.digest.as_str()).collect();
        self.attempts.retain(|subject| match subject {
            Subject::Network => true,
            Subject::Image(digest) => {
                digests.contains(digest.as_str())
                    || seen.images.contains(digest)
                    || seen.partial_images.contains(digest)
            }
            Subject::Instance(id) => {
                seen.instances.contains_key(id) || view.instances.contains_key(id.as_str())
            }
        });
    }

    fn plan_instances(&self, seen: &Seen, view: &View<'_>) -> Plans {
        let images: BTreeSet<&str> = seen.images.iter().map(String::as_str).collect();
        let (network, attempts, now) = (&self.network, &self.attempts, self.now());
        let ground = Ground { view, images: &images, network, attempts, now };
        let ids = view.instances.keys().copied().chain(seen.instances.keys().map(String::as_str));
        let ids: BTreeSet<&str> = ids.chain(self.in_flight.instances()).collect();
        ids.into_iter().map(|id| (id.to_owned(), self.plan_instance(seen, &ground, id))).collect()
    }

    fn plan_instance(&self, seen: &Seen, ground: &Ground<'_>, id: &str) -> instance::Plan {
        if let Some(plan) = self.in_flight.plan(id) {
            return plan.clone();
        }
        let desired = ground.view.instances.get(id).copied();
        let gate = desired.map_or(Gate::Open, |desired| ground.gate(desired));
        let subject = Subject::Instance(id.to_owned());
        let failure = self.attempts.failure(&subject, || about_instance(desired), ground.now);
        instance::plan(&Situation {
            id,
            desired,
            observed: seen.instances.get(id),
            memory: self.parts.runs.get(id),
            boot_id: &seen.boot_id,
            gate: &gate,
            failure: failure.as_ref(),
        })
    }

    fn make_network(&mut self, held: &Arc<Held>, view: &View<'_>, plans: &Plans, generation: &Generation) {
        let attached = plans.iter().filter(|(_, plan)| plan.attached).map(|(id, _)| id.as_str()).collect();
        let plan = self.network.plan(held, view, &attached);
        self.network.planned(&plan, generation);
        let failure = self.attempts.failure(&Subject::Network, Vec::new, self.now());
        let pause_is_over = failure.is_none_or(|failure| failure.ready);
        let due = self.network.is_due(&plan.wanted, self.now(), self.parts.timing.drift, pause_is_over);
        if due && self.in_flight.has_room(&Subject::Network, Lane::Network) {
            let lost = Outcome::Network { wanted: Arc::default(), errors: Err(job::lost()) };
            let done = Done { subject: Subject::Network, about: Vec::new(), outcome: lost };
            self.network.begins(&plan.wanted);
            let work = job::network(&self.parts.backend, plan.wanted.clone());
            self.in_flight.start(&self.parts.tasks, Lane::Network, done, work);
        }
    }

    /// Whoever answers them compiles them beside the passes.
    fn tell_names(&mut self, held: &Arc<Held>) {
        if self.told_names.as_ref().is_none_or(|told| !Arc::ptr_eq(told, held)) {
            self.told_names = Some(held.clone());
            self.parts.backend.set_names(held.clone());
        }
    }

    fn make_images(&mut self, seen: &Seen, view: &View<'_>) {
        let plan = image::plan(&image::Situation {
            desired: &view.images,
            present: &seen.images,
            partial: &seen.partial_images,
            leftovers: seen.instances.keys().any(|id| !view.instances.contains_key(id.as_str())),
            unused_since: &self.unused_images,
            now: self.now(),
            retention: self.image_retention(),
        });
        for image in plan.add {
            let (digest, about) = (image.digest.clone(), about_image(&image));
            self.image_job(digest, about, |parts| {
                job::add_image(&parts.backend, &parts.images, &parts.tasks, image)
            });
        }
        for digest in plan.remove {
            self.image_job(digest.clone(), Vec::new(), |parts| job::remove_image(&parts.backend, digest));
        }
        self.unused_images = plan.unused_since;
        self.next_image_removal = plan.next_removal;
    }

    /// Nobody waits for an image that is not wanted when there is no room for those that are.
    fn image_retention(&self) -> Duration {
        let is_disk = |pressure: &Pressure| pressure.scarce() == pressure::Scarce::Disk;
        match &*self.parts.strain.borrow() {
            Some(strain) if strain.pressures.iter().any(is_disk) => Duration::ZERO,
            _ => self.parts.timing.image_retention,
        }
    }

    fn image_job(&mut self, digest: String, about: Vec<u8>, work: impl FnOnce(&Parts) -> BoxFuture<Outcome>) {
        let subject = Subject::Image(digest);
        let failure = self.attempts.failure(&subject, || about.clone(), self.now());
        let may = failure.is_none_or(|failure| failure.ready && !failure.permanent);
        if may && self.in_flight.has_room(&subject, Lane::Images) {
            let done = Done { subject, about, outcome: Outcome::Other(Err(job::lost())) };
            self.in_flight.start(&self.parts.tasks, Lane::Images, done, work(&self.parts));
        }
    }

    fn step(&mut self, id: &str, plan: &instance::Plan, view: &View<'_>) {
        let Some(action) = plan.action else { return };
        let desired = view.instances.get(id).copied();
        let image = desired.and_then(|it| view.images.get(it.image_id.as_str()).copied());
        let instance = desired.cloned().zip(image.cloned());
        let forced = desired.is_some_and(|it| it.force_stop);
        let grace = if forced { Duration::ZERO } else { self.parts.timing.stop_grace };
        let step = Step { id: id.to_owned(), action, instance, grace };
        let (subject, lane) = (Subject::Instance(id.to_owned()), step.lane());
        if !self.in_flight.has_room(&subject, lane) {
            return;
        }
        info!(instance = id, ?action, "step");
        self.in_flight.note_plan(id, plan);
        let done =
            Done { subject, about: about_instance(desired), outcome: Outcome::Other(Err(job::lost())) };
        self.in_flight.start(&self.parts.tasks, lane, done, step.work(&self.parts.backend));
    }

    /// Networks and images; an instance's own trouble is in its status.
    fn errors(&self, view: &View<'_>) -> BTreeMap<ObjectRef, String> {
        let mut errors = self.network.errors();
        for image in view.images.values() {
            let subject = Subject::Image(image.digest.clone());
            if let Some(failure) = self.attempts.failure(&subject, || about_image(image), self.now()) {
                errors.insert(ObjectRef { kind: "image", id: image.id.clone() }, failure.reason);
            }
        }
        errors
    }

    fn troubles(&self, kept: &Kept) -> Vec<String> {
        kept.trouble.iter().chain(&self.ledger_trouble).cloned().collect()
    }

    fn publish(&mut self, observed: Observed) {
        let observed = Observed { strain: self.parts.strain.borrow_and_update().clone(), ..observed };
        self.parts.observed.send_if_modified(|published| {
            let changed = published.as_deref() != Some(&observed);
            if changed {
                measured::published(&observed);
                *published = Some(Arc::new(observed));
            }
            changed
        });
    }

    fn pause(&self) -> Duration {
        let (now, timing) = (self.now(), &self.parts.timing);
        let removal = self.next_image_removal.filter(|at| *at > now);
        // While a network job runs its sweep time lies in the past; its end wakes the loop.
        let sweep = Some(self.network.next_sweep(timing.drift)).filter(|at| *at > now);
        let next = [removal, sweep, self.attempts.next(now)].into_iter().flatten().min();
        next.map_or(timing.drift, |at| at - now).min(timing.drift)
    }
}

fn bare_status(seen: &ObservedInstance) -> InstanceStatus {
    let mut status = InstanceStatus { id: seen.id.clone(), run: seen.run, ..InstanceStatus::default() };
    status.started_at_ms = seen.started_at_ms;
    match seen.state {
        InstanceState::Running => status.set_state(State::Running),
        InstanceState::Stopped => status.set_state(State::Stopped),
        InstanceState::Exited { code, signal } => {
            status.set_state(State::Exited);
            (status.exit_code, status.signal) = (code, signal);
        }
    }
    status
}
