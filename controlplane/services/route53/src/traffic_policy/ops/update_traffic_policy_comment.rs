//! UpdateTrafficPolicyComment: all of a version that can change.

use crate::traffic_policy::{TrafficPolicyShown, TrafficPolicyVersion};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateTrafficPolicyComment;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTrafficPolicyCommentInput {
    id: String,
    version: i32,
    comment: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTrafficPolicyCommentOutput {
    traffic_policy: TrafficPolicyShown,
}

impl Operation for UpdateTrafficPolicyComment {
    const NAME: &'static str = "UpdateTrafficPolicyComment";
    type Input = UpdateTrafficPolicyCommentInput;
    type Output = UpdateTrafficPolicyCommentOutput;

    fn run(
        input: &UpdateTrafficPolicyCommentInput,
        cx: &mut Context,
    ) -> Result<UpdateTrafficPolicyCommentOutput, ServiceError> {
        let (id, number) = (&input.id, input.version);
        let old = TrafficPolicyVersion::existing(id, number, cx)?.clone();
        let version = TrafficPolicyVersion { comment: Some(input.comment.clone()), ..old };
        let shown = TrafficPolicyShown::of(id, number, &version);
        cx.put(&TrafficPolicyVersion::id_of(id, number), version);
        Ok(UpdateTrafficPolicyCommentOutput { traffic_policy: shown })
    }
}
