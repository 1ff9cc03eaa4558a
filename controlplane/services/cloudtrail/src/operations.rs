//! Every action CloudTrail serves, one line each.

use crate::event::lookup_events;
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[OperationEntry::read::<lookup_events::LookupEvents>()];
