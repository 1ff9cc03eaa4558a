//! Internal: carries out what [`decide`] says on the writer's records.

use super::delete_auto_scaling_group::forget;
use crate::activity::{self, Activity, ActivityKind};
use crate::auto_scaling_group::zones::Zones;
use crate::auto_scaling_group::{AutoScalingGroup, Decision, Health, Retry, decide, existing, members};
use crate::service_registry;
use controlplane_services_ec2::instance::{self, Launch};
use controlplane_services_ec2::launch_template::{LaunchTemplateData, resolve};
use controlplane_services_ec2::tag::Tags;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Waits after failed launches: one second, doubled each time, up to five minutes.
const RETRY_MAX: Duration = Duration::from_secs(300);
/// Tags every member carries: its group, and what it was made from.
const GROUP_TAG: &str = "aws:autoscaling:groupName";
pub(super) const TEMPLATE_ID_TAG: &str = "aws:ec2launchtemplate:id";
pub(super) const TEMPLATE_VERSION_TAG: &str = "aws:ec2launchtemplate:version";

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
            cx.event(AutoScalingGroup::KIND, name, "Deleted", "the last instance is gone");
            return forget(name, cx);
        }
        for (id, cause) in &decision.terminate {
            terminate(name, id, cause, cx)?;
        }
        forget_illnesses(name, group, cx);
        launch(name, &decision, cx)?;
        service_registry::sync_along(name, cx);
        Ok(())
    }
}

/// Ends a member and notes why; answers the activity's id.
pub(super) fn terminate(name: &str, id: &str, cause: &str, cx: &mut Context) -> Result<String, ServiceError> {
    instance::terminate(id, cx)?;
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

/// Forgets what was declared about instances that are leaving or gone.
fn forget_illnesses(name: &str, mut group: AutoScalingGroup, cx: &mut Context) {
    let before = group.unhealthy.len();
    let members = members(&cx.view, &cx.key::<AutoScalingGroup>(name), &group, cx.now);
    let present: BTreeSet<String> = members
        .iter()
        .filter(|member| member.health != Health::Leaving)
        .map(|member| member.id.to_owned())
        .collect();
    group.unhealthy.retain(|id, _| present.contains(id));
    if group.unhealthy.len() < before {
        cx.put(name, group);
    }
}

/// Starts what is missing. A subnet that refuses is passed over for the next; only what none takes has to wait.
fn launch(name: &str, decision: &Decision, cx: &mut Context) -> Result<(), ServiceError> {
    if decision.launch == 0 {
        return Ok(());
    }
    let mut missing = decision.launch;
    let (mut refused, mut failure) = (BTreeSet::new(), None);
    while missing > 0 {
        let places = places(name, missing, &refused, cx)?;
        if places.is_empty() {
            break;
        }
        for (subnet_id, count) in places {
            let ids = cx.attempt(|cx| launch_in(name, &subnet_id, count, cx)).unwrap_or_else(|error| {
                failure = Some(error);
                Vec::new()
            });
            let started = ids.len() as u32;
            missing -= started.min(missing);
            if started < count {
                refused.insert(subnet_id);
            }
            note_launched(name, ids, &decision.launch_cause, cx);
        }
    }
    if let Some(error) = &failure {
        note_failure(name, error, &decision.launch_cause, cx);
    }
    wait(name, failure.is_some() && missing > 0, cx)
}

fn places(
    name: &str,
    count: u32,
    refused: &BTreeSet<String>,
    cx: &Context,
) -> Result<BTreeMap<String, u32>, ServiceError> {
    let (group, key) = (existing(name, cx)?, cx.key::<AutoScalingGroup>(name));
    let members = members(&cx.view, &key, group, cx.now);
    Ok(Zones::of(&cx.view, &key, group).spread(&members, count, refused))
}

fn launch_in(name: &str, subnet_id: &str, count: u32, cx: &mut Context) -> Result<Vec<String>, ServiceError> {
    let group = existing(name, cx)?;
    let template = resolve(&group.template.specification(), cx)?;
    let mut system_tags: Tags = group.propagated().collect();
    system_tags.insert(GROUP_TAG.to_owned(), name.to_owned());
    system_tags.insert(TEMPLATE_ID_TAG.to_owned(), template.id);
    system_tags.insert(TEMPLATE_VERSION_TAG.to_owned(), template.number.to_string());
    let launch = Launch {
        data: placeless(template.data),
        subnet_id: Some(subnet_id.to_owned()),
        min_count: 1,
        max_count: count,
        group: Some(name.to_owned()),
        system_tags,
        ..Launch::default()
    };
    Ok(instance::launch(&launch, cx)?.instance_ids)
}

/// What a template says, but where: that is the group's to say, and a subnet of an interface would win over it.
fn placeless(mut data: LaunchTemplateData) -> LaunchTemplateData {
    data.placement = None;
    for interface in data.network_interfaces.iter_mut().flatten() {
        interface.subnet_id = None;
    }
    data
}

fn note_launched(name: &str, ids: Vec<String>, cause: &str, cx: &mut Context) {
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

fn note_failure(name: &str, error: &ServiceError, cause: &str, cx: &mut Context) {
    let activity = Activity {
        group: name.to_owned(),
        kind: ActivityKind::Launch,
        instance_id: None,
        cause: format!("At {} an instance was to be started because {cause}.", cx.now.to_iso8601()),
        started_at: cx.now,
        failure: Some(format!("{} Launching EC2 instance failed.", sentence(&error.message))),
    };
    activity::record(activity, cx);
    cx.event(AutoScalingGroup::KIND, name, "LaunchFailed", error.to_string());
}

fn sentence(message: &str) -> String {
    format!("{}.", message.trim_end_matches('.'))
}

/// Makes the group wait, longer after each failure in a row, or ends the waiting.
fn wait(name: &str, failed: bool, cx: &mut Context) -> Result<(), ServiceError> {
    let mut group = existing(name, cx)?.clone();
    let failures = group.retry.as_ref().map_or(0, |retry| retry.failures);
    let next = failed.then(|| {
        let wait = Duration::from_secs(1 << failures.min(9)).min(RETRY_MAX);
        Retry { at: cx.now + wait, failures: failures.saturating_add(1) }
    });
    if group.retry != next {
        group.retry = next;
        cx.put(name, group);
    }
    Ok(())
}
