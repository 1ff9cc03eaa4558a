//! Internal: carries out what [`decide`] says on the writer's records.

use crate::activity::{self, Activity, ActivityKind};
use crate::auto_scaling_group::types::Retry;
use crate::auto_scaling_group::{AutoScalingGroup, Decision, decide, existing};
use crate::service_registry;
use controlplane_services_ec2::instance::{self, Launch};
use controlplane_services_ec2::launch_template::{LaunchTemplateSpecification, resolve};
use controlplane_services_ec2::tag::Tags;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Waits after failed launches: one second, doubled each time, up to five minutes.
const RETRY_MAX: Duration = Duration::from_secs(300);
/// Tag every member carries.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

/// See the module.
pub struct ScaleGroup;

/// Which group.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScaleGroupInput {
    /// Its name.
    pub group: String,
}

impl Operation for ScaleGroup {
    const NAME: &'static str = "ScaleGroup";
    type Input = ScaleGroupInput;
    type Output = ();

    fn run(input: &ScaleGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        let name = &input.group;
        // Deleted in the meantime: there is nothing to do.
        let Some(group) = cx.get::<AutoScalingGroup>(name).cloned() else { return Ok(()) };
        let decision = decide(&cx.view, &cx.key::<AutoScalingGroup>(name), &group, cx.now);
        if decision.delete {
            return delete(name, cx);
        }
        for (id, cause) in &decision.terminate {
            terminate(name, id, cause, cx)?;
        }
        launch(name, &decision, cx)?;
        service_registry::sync(name, cx)
    }
}

fn delete(name: &str, cx: &mut Context) -> Result<(), ServiceError> {
    service_registry::clear(name, cx)?;
    activity::forget(name, cx);
    cx.event("auto_scaling_group", name, "Deleted", "the last instance is gone");
    cx.delete::<AutoScalingGroup>(name);
    Ok(())
}

/// Ends a member and notes why.
pub(crate) fn terminate(name: &str, id: &str, cause: &str, cx: &mut Context) -> Result<String, ServiceError> {
    instance::terminate(id, cx)?;
    if let Some(mut group) = cx.get::<AutoScalingGroup>(name).cloned()
        && group.unhealthy.remove(id)
    {
        cx.put(name, group);
    }
    let activity = Activity {
        group: name.to_owned(),
        kind: ActivityKind::Terminate,
        instance_id: Some(id.to_owned()),
        cause: format!("At {} {cause}.", cx.now.to_iso8601()),
        started_at: cx.now,
        failure: None,
    };
    Ok(activity::record(activity, cx))
}

fn launch(name: &str, decision: &Decision, cx: &mut Context) -> Result<(), ServiceError> {
    let mut failure = None;
    for (subnet_id, count) in &decision.launch {
        match cx.attempt(|cx| launch_in(name, subnet_id, *count, cx)) {
            Ok(ids) => launched(name, ids, &decision.launch_cause, cx),
            Err(error) => failure = Some(error),
        }
    }
    if decision.launch.is_empty() {
        return Ok(());
    }
    note_outcome(name, failure, &decision.launch_cause, cx)
}

fn launch_in(name: &str, subnet_id: &str, count: u32, cx: &mut Context) -> Result<Vec<String>, ServiceError> {
    let group = existing(name, cx)?;
    let specification = LaunchTemplateSpecification {
        launch_template_id: Some(group.template.id.clone()),
        launch_template_name: None,
        version: Some(group.template.version.clone()),
    };
    let propagated = group.tags.iter().filter(|tag| tag.propagate_at_launch);
    let mut system_tags: Tags = propagated.map(|tag| (tag.key.clone(), tag.value.clone())).collect();
    system_tags.insert(GROUP_TAG.to_owned(), name.to_owned());
    let launch = Launch {
        data: resolve(&specification, cx)?.data,
        subnet_id: Some(subnet_id.to_owned()),
        min_count: 1,
        max_count: count,
        group: Some(name.to_owned()),
        system_tags,
        ..Launch::default()
    };
    Ok(instance::launch(&launch, cx)?.instance_ids)
}

fn launched(name: &str, ids: Vec<String>, cause: &str, cx: &mut Context) {
    for id in ids {
        let activity = Activity {
            group: name.to_owned(),
            kind: ActivityKind::Launch,
            instance_id: Some(id),
            cause: format!("At {} an instance was started because {cause}.", cx.now.to_iso8601()),
            started_at: cx.now,
            failure: None,
        };
        activity::record(activity, cx);
    }
}

/// A failure is told and makes the group wait; a success ends the waiting.
fn note_outcome(
    name: &str,
    failure: Option<ServiceError>,
    cause: &str,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let mut group = existing(name, cx)?.clone();
    let Some(error) = failure else {
        if group.retry.take().is_some() {
            cx.put(name, group);
        }
        return Ok(());
    };
    let failures = group.retry.as_ref().map_or(0, |retry| retry.failures) + 1;
    let wait = Duration::from_secs(1 << (failures - 1).min(9)).min(RETRY_MAX);
    group.retry = Some(Retry { at: cx.now + wait, failures });
    cx.put(name, group);
    let activity = Activity {
        group: name.to_owned(),
        kind: ActivityKind::Launch,
        instance_id: None,
        cause: format!("At {} an instance was to be started because {cause}.", cx.now.to_iso8601()),
        started_at: cx.now,
        failure: Some(format!("{}. Launching EC2 instance failed.", error.message)),
    };
    activity::record(activity, cx);
    cx.event("auto_scaling_group", name, "LaunchFailed", error.to_string());
    Ok(())
}

