//! UpdateHostedZoneComment. Without a comment the zone loses its own.

use crate::hosted_zone::{HostedZone, HostedZoneShown, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateHostedZoneComment;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateHostedZoneCommentInput {
    id: String,
    #[serde(default)]
    comment: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateHostedZoneCommentOutput {
    hosted_zone: HostedZoneShown,
}

impl Operation for UpdateHostedZoneComment {
    const NAME: &'static str = "UpdateHostedZoneComment";
    type Input = UpdateHostedZoneCommentInput;
    type Output = UpdateHostedZoneCommentOutput;

    fn run(
        input: &UpdateHostedZoneCommentInput,
        cx: &mut Context,
    ) -> Result<UpdateHostedZoneCommentOutput, ServiceError> {
        let (id, zone) = validate::existing(&input.id, cx)?;
        let comment = input.comment.clone().filter(|comment| !comment.is_empty());
        let (id, zone) = (id.to_owned(), HostedZone { comment, ..zone.clone() });
        let hosted_zone = HostedZoneShown::of(&id, &zone, cx);
        cx.put(&id, zone);
        Ok(UpdateHostedZoneCommentOutput { hosted_zone })
    }
}
