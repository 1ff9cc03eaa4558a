//! Internal: changes nobody asks about any more are removed.

use crate::change::Change;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ForgetChanges;

/// Keys of old changes.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetChangesInput {
    /// Their keys, in text form.
    pub keys: Vec<String>,
}

impl Operation for ForgetChanges {
    const NAME: &'static str = "ForgetChanges";
    type Input = ForgetChangesInput;
    type Output = ();

    fn run(input: &ForgetChangesInput, cx: &mut Context) -> Result<(), ServiceError> {
        for key in input.keys.iter().filter_map(|text| Key::parse(text)) {
            if cx.view.get::<Change>(&key).is_some() {
                cx.delete_at(key);
            }
        }
        Ok(())
    }
}
