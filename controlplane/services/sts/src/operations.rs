//! Every action STS serves, one line each.

use crate::caller_identity::get_caller_identity;
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] =
    &[OperationEntry::read::<get_caller_identity::GetCallerIdentity>()];
