//! CreateTrafficPolicyVersion: under the next number.

use crate::errors;
use crate::traffic_policy::types::VERSIONS_MAX;
use crate::traffic_policy::{TrafficPolicy, TrafficPolicyShown, TrafficPolicyVersion};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateTrafficPolicyVersion;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTrafficPolicyVersionInput {
    id: String,
    document: String,
    #[serde(default)]
    comment: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTrafficPolicyVersionOutput {
    traffic_policy: TrafficPolicyShown,
    location: String,
}

impl Operation for CreateTrafficPolicyVersion {
    const NAME: &'static str = "CreateTrafficPolicyVersion";
    type Input = CreateTrafficPolicyVersionInput;
    type Output = CreateTrafficPolicyVersionOutput;

    fn run(
        input: &CreateTrafficPolicyVersionInput,
        cx: &mut Context,
    ) -> Result<CreateTrafficPolicyVersionOutput, ServiceError> {
        let id = &input.id;
        let policy = cx.get::<TrafficPolicy>(id).cloned();
        let policy = policy.ok_or_else(|| errors::no_such_traffic_policy(id, 1))?;
        if policy.newest >= VERSIONS_MAX {
            return Err(errors::too_many_traffic_policy_versions(VERSIONS_MAX));
        }
        let version = TrafficPolicyVersion::read(&policy.name, &input.document, input.comment.clone())?;
        let number = policy.newest + 1;
        let shown = TrafficPolicyShown::of(id, number, &version);
        cx.put(&TrafficPolicyVersion::id_of(id, number), version);
        cx.put(id, TrafficPolicy { newest: number, ..policy });
        Ok(CreateTrafficPolicyVersionOutput {
            traffic_policy: shown,
            location: format!("/2013-04-01/trafficpolicy/{id}/{number}"),
        })
    }
}
