use crate::dry_run::may_dry_run;
use crate::errors;
use crate::key_pair::validate;
use crate::tag::{self, Tag, TagSpecification};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html>
pub(crate) struct ImportKeyPair;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ImportKeyPairInput {
    pub(crate) key_name: String,
    pub(crate) public_key_material: Vec<u8>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ImportKeyPairInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportKeyPairOutput {
    pub(crate) key_pair_id: String,
    pub(crate) key_name: String,
    pub(crate) key_fingerprint: String,
    pub(crate) tags: Vec<Tag>,
}

impl Operation for ImportKeyPair {
    const NAME: &'static str = "ImportKeyPair";
    type Input = ImportKeyPairInput;
    type Output = ImportKeyPairOutput;

    fn run(input: &ImportKeyPairInput, cx: &mut Context) -> Result<ImportKeyPairOutput, ServiceError> {
        validate::new_name(&input.key_name, cx)?;
        let key = validate::material(&input.public_key_material)?;
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::KEY_PAIR)?;
        let id = validate::store(&input.key_name, &key, &tags, cx)?;
        Ok(ImportKeyPairOutput {
            key_name: input.key_name.clone(),
            key_fingerprint: key.fingerprint().to_owned(),
            tags: tag::of(&id, cx),
            key_pair_id: id,
        })
    }
}
