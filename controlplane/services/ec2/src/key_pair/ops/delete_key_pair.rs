use crate::dry_run::may_dry_run;
use crate::errors;
use crate::key_pair::{KeyPair, find_by_name, validate};
use crate::resource::check_id;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteKeyPair.html>
///
/// Deleting a key pair that is not there succeeds, as at AWS; the answer then names no id.
pub(crate) struct DeleteKeyPair;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteKeyPairInput {
    pub(crate) key_name: Option<String>,
    pub(crate) key_pair_id: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteKeyPairInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteKeyPairOutput {
    pub(crate) r#return: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_pair_id: Option<String>,
}

impl Operation for DeleteKeyPair {
    const NAME: &'static str = "DeleteKeyPair";
    type Input = DeleteKeyPairInput;
    type Output = DeleteKeyPairOutput;

    fn run(input: &DeleteKeyPairInput, cx: &mut Context) -> Result<DeleteKeyPairOutput, ServiceError> {
        let found = match (&input.key_name, &input.key_pair_id) {
            (Some(_), Some(_)) => return Err(errors::key_name_and_id()),
            (None, None) => return Err(errors::missing_parameter("KeyName")),
            (Some(name), None) => find_by_name(name, cx).map(|found| found.key.id().to_owned()),
            (None, Some(id)) => {
                check_id(&errors::KEY_PAIR, id)?;
                cx.get::<KeyPair>(id).map(|_| id.clone())
            }
        };
        if let Some(id) = &found {
            validate::remove(id, cx);
        }
        Ok(DeleteKeyPairOutput { r#return: true, key_pair_id: found })
    }
}
