//! Every action of the Resource Groups Tagging API that is served, one line each.

use crate::resource::ops::{get_resources, get_tag_keys, get_tag_values, tag_resources, untag_resources};
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::read::<get_resources::GetResources>(),
    OperationEntry::read::<get_tag_keys::GetTagKeys>(),
    OperationEntry::read::<get_tag_values::GetTagValues>(),
    OperationEntry::write::<tag_resources::TagResources>(),
    OperationEntry::write::<untag_resources::UntagResources>(),
];
