use crate::dry_run::may_dry_run;
use crate::filter::{Described, Field, Filter, one};
use crate::instance::shape::InstanceState;
use crate::instance::{Instance, State};
use crate::page::Listing;
use crate::resource::require;
use crate::tag::Tag;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::Node;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html>
///
/// The system is the node, the instance is its first process. Both are `ok` while the node is there and has said that the
/// process runs; from an order to start or reboot until then the instance is `initializing`. When the node is silent
/// nobody knows, and that is what is said.
pub(crate) struct DescribeInstanceStatus;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeInstanceStatusInput {
    pub(crate) instance_ids: Option<Vec<String>>,
    /// Otherwise only those that run.
    pub(crate) include_all_instances: Option<bool>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeInstanceStatusInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInstanceStatusOutput {
    pub(crate) instance_statuses: Vec<StatusShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StatusShape {
    pub(crate) instance_id: String,
    availability_zone: String,
    availability_zone_id: String,
    pub(crate) instance_state: InstanceState,
    pub(crate) instance_status: Summary,
    pub(crate) system_status: Summary,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Summary {
    pub(crate) status: &'static str,
    details: [Detail; 1],
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Detail {
    name: &'static str,
    status: &'static str,
}

impl Summary {
    fn new(status: &'static str, reachability: &'static str) -> Self {
        Self { status, details: [Detail { name: "reachability", status: reachability }] }
    }

    /// Of the node an instance is on, if it is in use.
    fn of_system(instance: &Instance, cx: &Reader) -> Self {
        let placed =
            instance.node.as_deref().filter(|_| matches!(instance.state, State::Pending | State::Running));
        let Some(name) = placed else {
            return Self::new("not-applicable", "not-applicable");
        };
        let node = cx.view.get::<Node>(&Node::key(&cx.caller.region, name));
        match node.is_some_and(Node::is_ready) {
            true => Self::new("ok", "passed"),
            false => Self::new("insufficient-data", "insufficient-data"),
        }
    }

    /// Of the first process, on a node in this state.
    fn of_instance(instance: &Instance, system: Self) -> Self {
        if system.status == "ok" && instance.started_at.is_none() {
            return Self::new("initializing", "initializing");
        }
        system
    }
}

impl StatusShape {
    fn of(id: &str, instance: &Instance, cx: &Reader) -> Self {
        let system_status = Summary::of_system(instance, cx);
        Self {
            instance_id: id.to_owned(),
            availability_zone: instance.zone.clone(),
            availability_zone_id: instance.zone_id.clone(),
            instance_state: instance.state.into(),
            instance_status: Summary::of_instance(instance, system_status),
            system_status,
        }
    }
}

/// Nothing is ever scheduled here.
fn nothing(_: &StatusShape) -> Vec<String> {
    Vec::new()
}

impl Described for StatusShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("availability-zone", |shown| one(&shown.availability_zone)),
        ("availability-zone-id", |shown| one(&shown.availability_zone_id)),
        ("event.code", nothing),
        ("event.description", nothing),
        ("event.instance-event-id", nothing),
        ("event.not-after", nothing),
        ("event.not-before", nothing),
        ("event.not-before-deadline", nothing),
        ("instance-state-code", |shown| one(shown.instance_state.code)),
        ("instance-state-name", |shown| one(shown.instance_state.name)),
        ("instance-status.reachability", |shown| one(shown.instance_status.details[0].status)),
        ("instance-status.status", |shown| one(shown.instance_status.status)),
        ("system-status.reachability", |shown| one(shown.system_status.details[0].status)),
        ("system-status.status", |shown| one(shown.system_status.status)),
    ];

    const ABSENT: &'static [&'static str] = &[
        "application-status.status",
        "attached-ebs-status.status",
        "operator.managed",
        "operator.principal",
    ];

    fn id(&self) -> &str {
        &self.instance_id
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Query for DescribeInstanceStatus {
    const NAME: &'static str = "DescribeInstanceStatus";
    type Input = DescribeInstanceStatusInput;
    type Output = DescribeInstanceStatusOutput;

    fn run(
        input: &DescribeInstanceStatusInput,
        cx: &Reader,
    ) -> Result<DescribeInstanceStatusOutput, ServiceError> {
        let all = input.include_all_instances.unwrap_or(false);
        let ids = wanted(input, all, cx)?;
        let listing = Listing {
            ids: ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (mut instance_statuses, next_token) = match ids.as_ref().is_some_and(Vec::is_empty) {
            true => (Vec::new(), None),
            false => listing.run::<Instance, _>(cx, StatusShape::of)?,
        };
        instance_statuses.retain(|shown| all || shown.instance_state.name == State::Running.as_str());
        Ok(DescribeInstanceStatusOutput { instance_statuses, next_token })
    }
}

/// The ids asked for that are to be shown; `None`: nobody asked for any. All have to exist.
fn wanted(
    input: &DescribeInstanceStatusInput,
    all: bool,
    cx: &Reader,
) -> Result<Option<Vec<String>>, ServiceError> {
    let Some(ids) = input.instance_ids.as_ref().filter(|ids| !ids.is_empty()) else {
        return Ok(None);
    };
    let mut wanted = Vec::with_capacity(ids.len());
    for id in ids {
        if all || require::<Instance>(id, cx)?.state == State::Running {
            wanted.push(id.clone());
        }
    }
    Ok(Some(wanted))
}
