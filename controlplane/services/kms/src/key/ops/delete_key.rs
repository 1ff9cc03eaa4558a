//! Internal: a key whose time has come is removed.

use crate::key::{KeyState, KmsKey};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteKey;

/// The key, in text form.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeleteKeyInput {
    /// Where its record is.
    pub key: String,
}

impl Operation for DeleteKey {
    const NAME: &'static str = "DeleteKey";
    type Input = DeleteKeyInput;
    type Output = ();

    fn run(input: &DeleteKeyInput, cx: &mut Context) -> Result<(), ServiceError> {
        let key = Key::parse(&input.key);
        let due = |key: &Key| {
            let state = cx.view.get::<KmsKey>(key).map(|found| found.state);
            matches!(state, Some(KeyState::PendingDeletion(at)) if at <= cx.now)
        };
        if let Some(key) = key.filter(due) {
            cx.delete_at(key);
        }
        Ok(())
    }
}
