//! The leading server says where buckets are, or that there are none. Not an AWS action.

use crate::trail::TrailStore;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// What it was told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetTrailStoreInput {
    /// The address of the store; `None`: there is none.
    pub endpoint: Option<String>,
}

/// See the module. Runs as the system; only a change is written.
pub struct SetTrailStore;

impl Operation for SetTrailStore {
    const NAME: &'static str = "SetTrailStore";
    type Input = SetTrailStoreInput;
    type Output = ();

    fn run(input: &SetTrailStoreInput, cx: &mut Context) -> Result<(), ServiceError> {
        let key = TrailStore::key();
        let before = cx.view.get::<TrailStore>(&key).map(|store| store.endpoint.clone());
        match &input.endpoint {
            same if *same == before => {}
            Some(endpoint) => cx.put_at(key, TrailStore { endpoint: endpoint.clone() }),
            None => cx.delete_at(key),
        }
        Ok(())
    }
}
