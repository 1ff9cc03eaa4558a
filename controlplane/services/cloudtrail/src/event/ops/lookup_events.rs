//! LookupEvents: newest first, by one attribute and within a time.
//!
//! There is no index: an index would be paid for by every change of anything, and is asked for by few. A call looks through a
//! bounded number of events and then answers with what it found and a token to go on with, as AWS does too.
//!
//! Times are whole seconds at this door, as AWS has them: a client that asks for what happened at the time of an event finds it.

use crate::errors;
use crate::event::TrailEvent;
use crate::event::types::id_at;
use controlplane_services_kernel::{Query, Reader, ServiceError, Stored};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Events on a page, if nobody says.
const PAGE: usize = 50;
/// Events that one call looks at.
const LOOKED_AT: usize = 5_000;

/// See the module.
pub struct LookupEvents;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LookupEventsInput {
    lookup_attributes: Option<Vec<LookupAttribute>>,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    max_results: Option<u16>,
    next_token: Option<String>,
}

/// What events have to have.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LookupAttribute {
    attribute_key: AttributeKey,
    attribute_value: String,
}

/// Of which attribute.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub enum AttributeKey {
    /// The id.
    #[default]
    EventId,
    /// The action.
    EventName,
    /// `true` or `false`.
    ReadOnly,
    /// Who asked.
    Username,
    /// The type of a resource it is about.
    ResourceType,
    /// The name of a resource it is about.
    ResourceName,
    /// The service.
    EventSource,
    /// The key it was signed with.
    AccessKeyId,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LookupEventsOutput {
    events: Vec<EventShown>,
    next_token: Option<String>,
}

/// One event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EventShown {
    event_id: String,
    event_name: String,
    read_only: &'static str,
    access_key_id: Option<String>,
    event_time: Timestamp,
    event_source: String,
    username: Option<String>,
    resources: Vec<ResourceShown>,
    cloud_trail_event: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceShown {
    resource_type: &'static str,
    resource_name: String,
}

impl Query for LookupEvents {
    const NAME: &'static str = "LookupEvents";
    type Input = LookupEventsInput;
    type Output = LookupEventsOutput;

    fn run(input: &LookupEventsInput, cx: &Reader) -> Result<LookupEventsOutput, ServiceError> {
        let wanted = match input.lookup_attributes.as_deref().unwrap_or_default() {
            [] => None,
            [one] => Some(one),
            _ => return Err(errors::too_many_attributes()),
        };
        let mut candidates = within(input, cx)?;
        let size = input.max_results.map_or(PAGE, usize::from);
        let (mut events, mut last) = (Vec::new(), None);
        for event in candidates.by_ref().take(LOOKED_AT) {
            last = Some(event.key.id());
            if wanted.is_none_or(|wanted| wanted.fits(&event)) {
                events.push(shown(&event, cx));
            }
            if events.len() == size {
                break;
            }
        }
        let next_token = last.filter(|_| candidates.next().is_some()).map(str::to_owned);
        Ok(LookupEventsOutput { events, next_token })
    }
}

/// The events of the time asked about that were not on an earlier page, newest first.
fn within<'c>(
    input: &LookupEventsInput,
    cx: &'c Reader,
) -> Result<impl Iterator<Item = Stored<'c, TrailEvent>> + use<'c>, ServiceError> {
    let (start, end) = (input.start_time.unwrap_or_default(), input.end_time);
    if end.is_some_and(|end| end < start) {
        return Err(errors::invalid_time_range());
    }
    let before = input.next_token.as_deref().map(read_token).transpose()?.map(str::to_owned);
    let from_start = cx.list_from::<TrailEvent>(&id_at(start));
    let in_time = from_start.take_while(move |event| {
        end.is_none_or(|end| event.at.as_secs() <= end.as_secs())
            && before.as_deref().is_none_or(|last| event.key.id() < last)
    });
    let found: Vec<_> = in_time.collect();
    Ok(found.into_iter().rev())
}

/// The last event of the page before.
fn read_token(token: &str) -> Result<&str, ServiceError> {
    let is_id = token.len() == 36 && token.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_id { Ok(token) } else { Err(errors::invalid_next_token()) }
}

impl LookupAttribute {
    fn fits(&self, event: &Stored<'_, TrailEvent>) -> bool {
        let value = self.attribute_value.as_str();
        match self.attribute_key {
            AttributeKey::EventId => event.key.id() == value,
            AttributeKey::EventName => event.action == value,
            AttributeKey::ReadOnly => read_only(event.record) == value,
            AttributeKey::Username => event.user_name() == value,
            AttributeKey::ResourceType => event.resources().iter().any(|(kind, _)| *kind == value),
            AttributeKey::ResourceName => event.resources().iter().any(|(_, name)| name == value),
            AttributeKey::EventSource => event.source() == value,
            AttributeKey::AccessKeyId => event.access_key_id == value,
        }
    }
}

fn read_only(event: &TrailEvent) -> &'static str {
    if event.is_read_only { "true" } else { "false" }
}

fn shown(event: &Stored<'_, TrailEvent>, cx: &Reader) -> EventShown {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let resources = event.resources().into_iter();
    EventShown {
        event_id: event.key.id().to_owned(),
        event_name: event.action.clone(),
        read_only: read_only(event.record),
        access_key_id: some(&event.access_key_id),
        event_time: Timestamp::from_millis(event.at.as_secs() * 1_000),
        event_source: event.source(),
        username: some(event.user_name()),
        resources: resources
            .map(|(resource_type, resource_name)| ResourceShown { resource_type, resource_name })
            .collect(),
        cloud_trail_event: event.document(event.key.id(), &cx.caller.account, &cx.caller.region).to_string(),
    }
}
