//! One file per action.

pub(crate) mod associate_iam_instance_profile;
pub(crate) mod describe_iam_instance_profile_associations;
pub(crate) mod disassociate_iam_instance_profile;
pub(crate) mod replace_iam_instance_profile_association;

use super::AssociationShape;
use serde::Serialize;

/// What the actions that change an association answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociationOutput {
    iam_instance_profile_association: AssociationShape,
}
