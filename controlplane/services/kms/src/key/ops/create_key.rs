//! CreateKey.

use crate::key::shown::{SPEC, USAGE};
use crate::key::{KeyMetadata, KeyState, KmsKey};
use crate::{P256Key, errors};
use controlplane_services_kernel::{Context, Operation, Random, ServiceError};
use serde::{Deserialize, Serialize};

/// Most keys of an account in a region; AWS's own number.
const MOST: usize = 100_000;

/// See the module.
pub struct CreateKey;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateKeyInput {
    description: Option<String>,
    key_usage: Option<String>,
    key_spec: Option<String>,
    /// Made in advance.
    #[serde(skip)]
    pair: Option<P256Key>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateKeyOutput {
    key_metadata: KeyMetadata,
}

impl Operation for CreateKey {
    const NAME: &'static str = "CreateKey";
    type Input = CreateKeyInput;
    type Output = CreateKeyOutput;

    fn prepare(input: &mut CreateKeyInput, random: &mut Random) -> Result<(), ServiceError> {
        // What is refused is refused by `run`: whoever may not make keys hears that first.
        input.pair = check(input).is_ok().then(|| P256Key::generate(random));
        Ok(())
    }

    fn run(input: &CreateKeyInput, cx: &mut Context) -> Result<CreateKeyOutput, ServiceError> {
        check(input)?;
        if cx.list::<KmsKey>().count() >= MOST {
            return Err(errors::too_many_keys(MOST));
        }
        let id = cx.random().uuid();
        let pair = input.pair.clone().unwrap_or_else(|| P256Key::generate(cx.random()));
        let key = KmsKey {
            pair,
            description: input.description.clone().unwrap_or_default(),
            created_at: cx.now,
            state: KeyState::Enabled,
        };
        let key_metadata = KeyMetadata::of(&id, &key, cx);
        cx.put(&id, key);
        Ok(CreateKeyOutput { key_metadata })
    }
}

/// Refuses every other kind of key by name.
fn check(input: &CreateKeyInput) -> Result<(), ServiceError> {
    // Unsaid, both are those of a key that encrypts.
    let served = |member, given: &Option<String>, unsaid, served: &str| {
        let given = given.as_deref().unwrap_or(unsaid);
        if given == served { Ok(()) } else { Err(errors::not_served(member, given, served)) }
    };
    served("KeySpec", &input.key_spec, "SYMMETRIC_DEFAULT", SPEC)?;
    served("KeyUsage", &input.key_usage, "ENCRYPT_DECRYPT", USAGE)
}
