//! Internal: brings a group's registry up to date.

use crate::service_registry::sync;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct SyncRegistry;

/// Which group.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncRegistryInput {
    /// Its name.
    pub group: String,
}

impl Operation for SyncRegistry {
    const NAME: &'static str = "SyncRegistry";
    type Input = SyncRegistryInput;
    type Output = ();

    fn run(input: &SyncRegistryInput, cx: &mut Context) -> Result<(), ServiceError> {
        sync(&input.group, cx)
    }
}
