use crate::dry_run::may_dry_run;
use crate::errors;
use crate::key_pair::openssh::{self, PublicKey};
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
pub(crate) struct Generated {
    public: PublicKey,
    private_pem: String,
}

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
    type Input = CreateKeyPairInput;
    type Output = CreateKeyPairOutput;

    fn prepare(input: &mut CreateKeyPairInput, random: &mut Random) -> Result<(), ServiceError> {
        let (mut seed, mut check) = ([0; 32], [0; 4]);
        random.fill(&mut seed);
        random.fill(&mut check);
        let generated = openssh::generate(&seed, u32::from_be_bytes(check));
        let (public, private_pem) =
            generated.map_err(|_| ServiceError::internal("a key could not be generated"))?;
        input.generated = Some(Generated { public, private_pem });
        Ok(())
    }

    fn run(input: &CreateKeyPairInput, cx: &mut Context) -> Result<CreateKeyPairOutput, ServiceError> {
        // AWS makes an RSA key when nobody says a type; handing out another kind unasked would be a surprise.
        match input.key_type.as_deref() {
            Some("ed25519") => {}
            other => return Err(errors::key_type_not_served(other.unwrap_or("rsa"))),
        }
        if let Some(format) = input.key_format.as_deref().filter(|format| *format != "pem") {
            return Err(errors::invalid_value(format, "KeyFormat", "Only pem is supported."));
        }
        validate::new_name(&input.key_name, cx)?;
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::KEY_PAIR)?;
        let generated =
            input.generated.as_ref().ok_or_else(|| ServiceError::internal("the request was not prepared"))?;
        let id = validate::store(&input.key_name, &generated.public, &tags, cx)?;
        Ok(CreateKeyPairOutput {
            key_name: input.key_name.clone(),
            key_fingerprint: generated.public.fingerprint().to_owned(),
            key_material: generated.private_pem.clone(),
            tags: tag::of(&id, cx),
            key_pair_id: id,
        })
    }
}
