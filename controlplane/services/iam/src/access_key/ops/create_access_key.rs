//! CreateAccessKey. The secret is in this answer and never in another one.

use crate::access_key::validate;
use crate::errors;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_services_kernel::{Context, Operation, Random, ServiceError};
use controlplane_services_native::AccessKey;
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Keys a user has at most: one in use and one to change over to.
pub(crate) const KEYS_MAX: usize = 2;
/// Bytes of a secret: 40 characters in base64.
const SECRET_BYTES: usize = 30;

/// See the module.
pub struct CreateAccessKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKeyInput {
    user_name: Option<String>,
}

/// Answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKeyOutput {
    access_key: AccessKeyShown,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeyShown {
    user_name: String,
    access_key_id: String,
    status: &'static str,
    secret_access_key: String,
    create_date: Timestamp,
}

impl Operation for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    const REMEMBER: bool = false;
    type Input = CreateAccessKeyInput;
    type Output = CreateAccessKeyOutput;

    fn run(input: &CreateAccessKeyInput, cx: &mut Context) -> Result<CreateAccessKeyOutput, ServiceError> {
        let user_name = validate::user(input.user_name.as_deref(), cx)?.name.clone();
        let owner = user_name.to_lowercase();
        if AccessKey::of_user(&cx.view, &cx.caller.account, Some(&owner)).count() >= KEYS_MAX {
            return Err(errors::quota("AccessKeysPerUser", KEYS_MAX));
        }
        let access_key_id = format!("AKIA{}", cx.random().capitals(16));
        let secret = secret(cx.random());
        let key = AccessKey {
            secret: secret.clone(),
            account: cx.caller.account.clone(),
            user: Some(owner),
            inactive: false,
            created_at: Some(cx.now),
        };
        cx.put_at(AccessKey::key(&access_key_id), key);
        let (status, create_date) = ("Active", cx.now);
        let shown =
            AccessKeyShown { user_name, access_key_id, status, secret_access_key: secret, create_date };
        Ok(CreateAccessKeyOutput { access_key: shown })
    }
}

fn secret(random: &mut Random) -> String {
    let mut bytes = [0; SECRET_BYTES];
    random.fill(&mut bytes);
    STANDARD.encode(bytes)
}
