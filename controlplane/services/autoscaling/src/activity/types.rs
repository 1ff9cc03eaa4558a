use controlplane_services_ec2::instance::{Instance, State};
use controlplane_services_kernel::{Context, Reader, Record, Stored};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use serde::Serialize;

/// Activities a group keeps.
const KEPT: usize = 100;

/// One activity. Id: group, time and a random part, so that a group's activities list in order.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Activity {
    /// The group.
    #[n(0)]
    pub group: String,
    /// What was done.
    #[n(1)]
    pub kind: ActivityKind,
    /// To which instance; absent when a launch failed.
    #[n(2)]
    pub instance_id: Option<String>,
    /// Why.
    #[n(3)]
    pub cause: String,
    /// When.
    #[n(4)]
    pub started_at: Timestamp,
    /// Why it failed.
    #[n(5)]
    pub failure: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ActivityKind {
    /// An instance was started.
    #[n(0)]
    Launch,
    /// An instance was ended.
    #[n(1)]
    Terminate,
}

impl Record for Activity {
    const KIND: &'static str = "scaling_activity";
}

/// An activity as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActivityShown {
    activity_id: String,
    auto_scaling_group_name: String,
    description: String,
    cause: String,
    start_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<Timestamp>,
    status_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    progress: u32,
    details: String,
}

impl Activity {
    fn prefix(group: &str) -> String {
        format!("{group}/")
    }

    /// The id AWS's clients see: without the group.
    pub fn bare_id(id: &str) -> &str {
        id.rsplit('/').next().unwrap_or(id)
    }

    /// A group's activities, oldest first.
    pub fn of_group<'r>(group: &str, reader: &'r Reader) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let prefix = Self::prefix(group);
        reader.list_from::<Self>(&prefix).take_while(move |activity| activity.key.id().starts_with(&prefix))
    }

    /// One sentence.
    pub fn description(&self) -> String {
        match (self.kind, &self.instance_id) {
            (ActivityKind::Launch, Some(id)) => format!("Launching a new EC2 instance: {id}"),
            (ActivityKind::Launch, None) => {
                let reason = self.failure.as_deref().unwrap_or_default();
                format!("Launching a new EC2 instance.  Status Reason: {reason}")
            }
            (ActivityKind::Terminate, id) => {
                format!("Terminating EC2 instance: {}", id.as_deref().unwrap_or_default())
            }
        }
    }

    /// AWS's status code, and when it was reached.
    pub fn status(&self, reader: &Reader) -> (&'static str, Option<Timestamp>) {
        if self.failure.is_some() {
            return ("Failed", Some(self.started_at));
        }
        let instance = self.instance_id.as_deref().and_then(|id| reader.get::<Instance>(id));
        match (self.kind, instance) {
            (ActivityKind::Launch, Some(instance)) if instance.state == State::Pending => {
                ("InProgress", None)
            }
            (ActivityKind::Terminate, Some(instance)) if instance.state != State::Terminated => {
                ("InProgress", None)
            }
            (_, Some(instance)) => ("Successful", Some(instance.state_since)),
            (_, None) => ("Successful", Some(self.started_at)),
        }
    }

    /// As AWS shows it.
    pub fn shown(&self, id: &str, reader: &Reader) -> ActivityShown {
        let (status_code, end_time) = self.status(reader);
        ActivityShown {
            activity_id: Self::bare_id(id).to_owned(),
            auto_scaling_group_name: self.group.clone(),
            description: self.description(),
            cause: self.cause.clone(),
            start_time: self.started_at,
            end_time,
            status_code,
            status_message: self.failure.clone(),
            progress: if end_time.is_some() { 100 } else { 50 },
            details: "{}".to_owned(),
        }
    }
}

/// Notes what a group does, forgetting what it did long ago; answers the id.
pub fn record(activity: Activity, cx: &mut Context) -> String {
    let id = format!(
        "{}{:013}-{}",
        Activity::prefix(&activity.group),
        activity.started_at.as_millis(),
        cx.random().hex(12)
    );
    let kept: Vec<String> =
        Activity::of_group(&activity.group, cx).map(|old| old.key.id().to_owned()).collect();
    for old in kept.iter().take(kept.len().saturating_sub(KEPT - 1)) {
        cx.delete::<Activity>(old);
    }
    cx.put(&id, activity);
    id
}

/// Forgets everything a deleted group did.
pub fn forget(group: &str, cx: &mut Context) {
    let ids: Vec<String> = Activity::of_group(group, cx).map(|old| old.key.id().to_owned()).collect();
    for id in ids {
        cx.delete::<Activity>(&id);
    }
}
