use super::AssociationOutput;
use crate::accesses;
use crate::errors;
use crate::instance_profile::{AssociationShape, holder};
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateIamInstanceProfile.html>
///
/// Credentials that were given out stay good until they end.
pub(crate) struct DisassociateIamInstanceProfile;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DisassociateIamInstanceProfileInput {
    pub(crate) association_id: String,
}

impl Operation for DisassociateIamInstanceProfile {
    const NAME: &'static str = "DisassociateIamInstanceProfile";
    type Input = DisassociateIamInstanceProfileInput;
    type Output = AssociationOutput;

    fn accesses(input: &DisassociateIamInstanceProfileInput, cx: &Reader) -> Option<Vec<Access>> {
        let instance = holder(&input.association_id, cx).ok()?;
        Some(accesses::of(Self::NAME, &serde_json::json!({"InstanceId": instance.key.id()}), cx))
    }

    fn run(
        input: &DisassociateIamInstanceProfileInput,
        cx: &mut Context,
    ) -> Result<AssociationOutput, ServiceError> {
        let found = holder(&input.association_id, cx)?;
        let (id, mut instance) = (found.key.id().to_owned(), found.record.clone());
        let gone = || errors::instance_profile_association_not_found(&input.association_id);
        let association = instance.profile.take().ok_or_else(gone)?;
        cx.put(&id, instance);
        let shown = AssociationShape::of(&id, &association, "disassociating");
        Ok(AssociationOutput { iam_instance_profile_association: shown })
    }
}
