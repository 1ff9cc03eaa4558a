//! Every action CloudTrail serves, one line each.

use crate::event::lookup_events;
use crate::trail::ops::{
    add_tags, create_trail, delete_trail, describe_trails, get_event_selectors, get_trail, get_trail_status,
    list_tags, list_trails, put_event_selectors, remove_tags, start_logging, stop_logging, update_trail,
};
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::write::<add_tags::AddTags>(),
    OperationEntry::write::<create_trail::CreateTrail>(),
    OperationEntry::write::<delete_trail::DeleteTrail>(),
    OperationEntry::read::<describe_trails::DescribeTrails>(),
    OperationEntry::read::<get_event_selectors::GetEventSelectors>(),
    OperationEntry::read::<get_trail::GetTrail>(),
    OperationEntry::read::<get_trail_status::GetTrailStatus>(),
    OperationEntry::read::<list_tags::ListTags>(),
    OperationEntry::read::<list_trails::ListTrails>(),
    OperationEntry::read::<lookup_events::LookupEvents>(),
    OperationEntry::write::<put_event_selectors::PutEventSelectors>(),
    OperationEntry::write::<remove_tags::RemoveTags>(),
    OperationEntry::write::<start_logging::StartLogging>(),
    OperationEntry::write::<stop_logging::StopLogging>(),
    OperationEntry::write::<update_trail::UpdateTrail>(),
];
