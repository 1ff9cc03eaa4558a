//! Every action of KMS that is served, one line each.

use crate::key::ops::{
    cancel_key_deletion, create_key, describe_key, disable_key, enable_key, get_public_key, list_keys,
    schedule_key_deletion, sign, verify,
};
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::write::<cancel_key_deletion::CancelKeyDeletion>(),
    OperationEntry::write::<create_key::CreateKey>(),
    OperationEntry::read::<describe_key::DescribeKey>(),
    OperationEntry::write::<disable_key::DisableKey>(),
    OperationEntry::write::<enable_key::EnableKey>(),
    OperationEntry::read::<get_public_key::GetPublicKey>(),
    OperationEntry::read::<list_keys::ListKeys>(),
    OperationEntry::write::<schedule_key_deletion::ScheduleKeyDeletion>(),
    OperationEntry::read::<sign::Sign>(),
    OperationEntry::read::<verify::Verify>(),
];
