//! Every controller of EC2.

use crate::instance::{Lifecycle, Placement};
use controlplane_services_kernel::ControllerEntry;

pub(crate) const CONTROLLERS: &[ControllerEntry] =
    &[ControllerEntry::of::<Placement>(), ControllerEntry::of::<Lifecycle>()];
