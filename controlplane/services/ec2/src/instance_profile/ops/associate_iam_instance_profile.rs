use super::AssociationOutput;
use crate::accesses;
use crate::errors;
use crate::instance::{Instance, State};
use crate::instance_profile::{AssociationShape, InstanceProfileSpecification, associate, pass_role};
use crate::resource::require;
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateIamInstanceProfile.html>
pub(crate) struct AssociateIamInstanceProfile;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociateIamInstanceProfileInput {
    pub(crate) iam_instance_profile: InstanceProfileSpecification,
    pub(crate) instance_id: String,
}

impl Operation for AssociateIamInstanceProfile {
    const NAME: &'static str = "AssociateIamInstanceProfile";
    type Input = AssociateIamInstanceProfileInput;
    type Output = AssociationOutput;

    fn accesses(input: &AssociateIamInstanceProfileInput, cx: &Reader) -> Option<Vec<Access>> {
        let instance = serde_json::json!({"InstanceId": input.instance_id});
        let mut accesses = accesses::of(Self::NAME, &instance, cx);
        accesses.extend(pass_role(Some(&input.iam_instance_profile), cx));
        Some(accesses)
    }

    fn run(
        input: &AssociateIamInstanceProfileInput,
        cx: &mut Context,
    ) -> Result<AssociationOutput, ServiceError> {
        let id = &input.instance_id;
        let mut instance = require::<Instance>(id, cx)?.clone();
        if matches!(instance.state, State::ShuttingDown | State::Terminated) {
            return Err(errors::not_in_state_to(id, "associated with a profile"));
        }
        if instance.profile.is_some() {
            return Err(errors::instance_profile_associated(id));
        }
        let association = associate(&input.iam_instance_profile, cx)?;
        let shown = AssociationShape::of(id, &association, "associating");
        instance.profile = Some(association);
        cx.put(id, instance);
        Ok(AssociationOutput { iam_instance_profile_association: shown })
    }
}
