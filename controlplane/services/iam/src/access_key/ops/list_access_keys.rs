//! ListAccessKeys: of a user, or of who asks.

use crate::page::page;
use crate::user::{Asker, asker};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::AccessKey;
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListAccessKeys;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeysInput {
    user_name: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeysOutput {
    access_key_metadata: Vec<AccessKeyMetadata>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeyMetadata {
    /// The root has none.
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    create_date: Option<Timestamp>,
}

impl Query for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    type Input = ListAccessKeysInput;
    type Output = ListAccessKeysOutput;

    fn run(input: &ListAccessKeysInput, reader: &Reader) -> Result<ListAccessKeysOutput, ServiceError> {
        let user_name = match asker(input.user_name.as_deref(), reader)? {
            Asker::User(user) => Some(user.name.clone()),
            Asker::Root => None,
        };
        let owner = user_name.as_ref().map(|name| name.to_lowercase());
        let keys = AccessKey::of_user(&reader.view, &reader.caller.account, owner.as_deref());
        let shown = keys.map(|key| {
            let id = key.key.id().to_owned();
            (id.clone(), shown(id, key.record, user_name.as_ref()))
        });
        let page = page(shown, input.marker.as_deref(), input.max_items)?;
        Ok(ListAccessKeysOutput {
            access_key_metadata: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

fn shown(access_key_id: String, key: &AccessKey, user_name: Option<&String>) -> AccessKeyMetadata {
    let status = if key.inactive { "Inactive" } else { "Active" };
    AccessKeyMetadata { user_name: user_name.cloned(), access_key_id, status, create_date: key.created_at }
}
