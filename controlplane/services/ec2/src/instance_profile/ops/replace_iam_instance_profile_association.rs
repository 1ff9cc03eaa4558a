use super::AssociationOutput;
use crate::accesses;
use crate::instance_profile::{AssociationShape, InstanceProfileSpecification, associate, holder, pass_role};
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html>
pub(crate) struct ReplaceIamInstanceProfileAssociation;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ReplaceIamInstanceProfileAssociationInput {
    pub(crate) association_id: String,
    pub(crate) iam_instance_profile: InstanceProfileSpecification,
}

impl Operation for ReplaceIamInstanceProfileAssociation {
    const NAME: &'static str = "ReplaceIamInstanceProfileAssociation";
    type Input = ReplaceIamInstanceProfileAssociationInput;
    type Output = AssociationOutput;

    fn accesses(input: &ReplaceIamInstanceProfileAssociationInput, cx: &Reader) -> Option<Vec<Access>> {
        let instance = holder(&input.association_id, cx).ok()?;
        let mut accesses =
            accesses::of(Self::NAME, &serde_json::json!({"InstanceId": instance.key.id()}), cx);
        accesses.extend(pass_role(Some(&input.iam_instance_profile), cx));
        Some(accesses)
    }

    fn run(
        input: &ReplaceIamInstanceProfileAssociationInput,
        cx: &mut Context,
    ) -> Result<AssociationOutput, ServiceError> {
        let found = holder(&input.association_id, cx)?;
        let (id, mut instance) = (found.key.id().to_owned(), found.record.clone());
        let association = associate(&input.iam_instance_profile, cx)?;
        let shown = AssociationShape::of(&id, &association, "associating");
        instance.profile = Some(association);
        cx.put(&id, instance);
        Ok(AssociationOutput { iam_instance_profile_association: shown })
    }
}
