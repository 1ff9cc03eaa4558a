//! Internal: the DNS servers have these changes.

use crate::change::Change;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ConfirmChanges;

/// Keys of the changes every DNS server serves.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConfirmChangesInput {
    /// Their keys, in text form.
    pub keys: Vec<String>,
}

impl Operation for ConfirmChanges {
    const NAME: &'static str = "ConfirmChanges";
    type Input = ConfirmChangesInput;
    type Output = ();

    fn run(input: &ConfirmChangesInput, cx: &mut Context) -> Result<(), ServiceError> {
        for key in input.keys.iter().filter_map(|text| Key::parse(text)) {
            let change = cx.view.get::<Change>(&key).filter(|change| !change.in_sync).cloned();
            if let Some(change) = change {
                cx.put_at(key, Change { in_sync: true, ..change });
            }
        }
        Ok(())
    }
}
