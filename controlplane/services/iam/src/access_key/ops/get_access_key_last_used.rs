//! GetAccessKeyLastUsed: when, where and of which service. A key of another account is as unknown as one that nobody has.

use crate::entity::Entity;
use crate::errors;
use crate::last_use::LastUse;
use crate::user::User;
use controlplane_services_kernel::{Access, Query, Reader, ServiceError};
use controlplane_services_native::AccessKey;
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// What AWS says of a key that was never used.
const NEVER: &str = "N/A";

/// See the module.
pub struct GetAccessKeyLastUsed;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccessKeyLastUsedInput {
    access_key_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccessKeyLastUsedOutput {
    /// The root has none.
    user_name: Option<String>,
    access_key_last_used: AccessKeyLastUsed,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeyLastUsed {
    last_used_date: Option<Timestamp>,
    service_name: String,
    region: String,
}

impl Query for GetAccessKeyLastUsed {
    const NAME: &'static str = "GetAccessKeyLastUsed";
    type Input = GetAccessKeyLastUsedInput;
    type Output = GetAccessKeyLastUsedOutput;

    /// It is about the user whose key it is.
    fn accesses(input: &GetAccessKeyLastUsedInput, reader: &Reader) -> Option<Vec<Access>> {
        let owner = owner(own(&input.access_key_id, reader)?, reader)?;
        Some(vec![Access::to(owner.arn(&reader.caller.account))])
    }

    fn run(
        input: &GetAccessKeyLastUsedInput,
        reader: &Reader,
    ) -> Result<GetAccessKeyLastUsedOutput, ServiceError> {
        let id = &input.access_key_id;
        let found = own(id, reader);
        let key = found.ok_or_else(|| errors::access_key_not_own(&reader.caller.principal, id))?;
        Ok(GetAccessKeyLastUsedOutput {
            user_name: owner(key, reader).map(|user| user.name.clone()),
            access_key_last_used: shown(reader.get::<LastUse>(id)),
        })
    }
}

fn own<'r>(id: &str, reader: &'r Reader) -> Option<&'r AccessKey> {
    AccessKey::find(&reader.view, id).filter(|key| key.account == reader.caller.account)
}

fn owner<'r>(key: &AccessKey, reader: &'r Reader) -> Option<&'r User> {
    reader.get::<User>(key.user.as_deref()?)
}

fn shown(used: Option<&LastUse>) -> AccessKeyLastUsed {
    AccessKeyLastUsed {
        last_used_date: used.map(|used| used.at),
        service_name: used.map_or(NEVER, |used| &used.service).to_owned(),
        region: used.map_or(NEVER, |used| &used.region).to_owned(),
    }
}
