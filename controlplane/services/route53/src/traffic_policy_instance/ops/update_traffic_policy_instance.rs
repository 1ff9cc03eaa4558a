//! UpdateTrafficPolicyInstance: the record sets of another version or policy, in one change with the end of the old ones, so that
//! no query meets neither.

use crate::traffic_policy::TrafficPolicyVersion;
use crate::traffic_policy_instance::{TrafficPolicyInstance, TrafficPolicyInstanceShown, existing, sets};
use crate::{change, errors};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateTrafficPolicyInstance;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTrafficPolicyInstanceInput {
    id: String,
    #[serde(rename = "TTL")]
    ttl: i64,
    traffic_policy_id: String,
    traffic_policy_version: i32,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateTrafficPolicyInstanceOutput {
    traffic_policy_instance: TrafficPolicyInstanceShown,
}

impl Operation for UpdateTrafficPolicyInstance {
    const NAME: &'static str = "UpdateTrafficPolicyInstance";
    type Input = UpdateTrafficPolicyInstanceInput;
    type Output = UpdateTrafficPolicyInstanceOutput;

    fn run(
        input: &UpdateTrafficPolicyInstanceInput,
        cx: &mut Context,
    ) -> Result<UpdateTrafficPolicyInstanceOutput, ServiceError> {
        let id = &input.id;
        let old = existing(id, cx)?.clone();
        let (policy, number) = (&input.traffic_policy_id, input.traffic_policy_version);
        let version = TrafficPolicyVersion::existing(policy, number, cx)?;
        if version.kind != old.kind {
            return Err(errors::conflicting_types(&old.kind, &version.kind));
        }
        let instance = TrafficPolicyInstance {
            ttl: sets::ttl_of(input.ttl)?,
            traffic_policy_id: policy.clone(),
            traffic_policy_version: number,
            ..old
        };
        sets::replace(id, Some(&instance), cx)?;
        let instance = TrafficPolicyInstance { change_id: change::submit(None, cx).id, ..instance };
        cx.put(id, instance.clone());
        Ok(UpdateTrafficPolicyInstanceOutput {
            traffic_policy_instance: TrafficPolicyInstanceShown::of(id, &instance, cx),
        })
    }
}
