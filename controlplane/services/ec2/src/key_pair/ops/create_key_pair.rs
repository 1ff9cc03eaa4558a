use crate::dry_run::may_dry_run;
use crate::errors;
use crate::key_pair::pair::NewPair;
use crate::key_pair::validate;
use crate::tag::{self, Tag, TagSpecification};
use controlplane_services_kernel::{Context, Operation, Random, ServiceError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html>
pub(crate) struct CreateKeyPair;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateKeyPairInput {
    pub(crate) key_name: String,
    pub(crate) key_type: Option<String>,
    pub(crate) key_format: Option<String>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
    #[serde(skip)]
    pub(crate) generated: Option<Generated>,
}

may_dry_run!(CreateKeyPairInput);

/// A new pair on its way from `prepare` to the answer.
pub(crate) struct Generated(NewPair);

/// Inputs are logged; private keys are not.
impl fmt::Debug for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Generated(..)")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateKeyPairOutput {
    pub(crate) key_pair_id: String,
    pub(crate) key_name: String,
    pub(crate) key_fingerprint: String,
    pub(crate) key_material: String,
    pub(crate) tags: Vec<Tag>,
}

impl Operation for CreateKeyPair {
    const NAME: &'static str = "CreateKeyPair";
    const REMEMBER: bool = false;
    /// Primes are looked for.
    const LONG_PREPARATION: bool = true;
    type Input = CreateKeyPairInput;
    type Output = CreateKeyPairOutput;

    fn prepare(input: &mut CreateKeyPairInput, random: &mut Random) -> Result<(), ServiceError> {
        // AWS makes an RSA key when nobody says a type.
        let pair = match input.key_type.as_deref() {
            Some("ed25519") => NewPair::ed25519(random),
            Some("rsa") | None => NewPair::rsa(random),
            Some(other) => return Err(errors::key_type_not_served(other)),
        };
        let pair = pair.ok_or_else(|| ServiceError::internal("a key could not be generated"))?;
        input.generated = Some(Generated(pair));
        Ok(())
    }

    fn run(input: &CreateKeyPairInput, cx: &mut Context) -> Result<CreateKeyPairOutput, ServiceError> {
        validate::new_name(&input.key_name, cx)?;
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::KEY_PAIR)?;
        let generated = input.generated.as_ref();
        let Generated(pair) =
            generated.ok_or_else(|| ServiceError::internal("the request was not prepared"))?;
        let key_material = match input.key_format.as_deref() {
            Some("ppk") => pair.ppk(&input.key_name),
            Some("pem") | None => pair.pem(),
            Some(other) => return Err(errors::invalid_value(other, "KeyFormat", "It is one of: pem, ppk.")),
        };
        let id = validate::store(&input.key_name, &pair.public, &tags, cx)?;
        Ok(CreateKeyPairOutput {
            key_name: input.key_name.clone(),
            key_fingerprint: pair.public.fingerprint().to_owned(),
            key_material,
            tags: tag::of(&id, cx),
            key_pair_id: id,
        })
    }
}
