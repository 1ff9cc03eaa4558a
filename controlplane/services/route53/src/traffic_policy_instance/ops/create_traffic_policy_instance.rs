//! CreateTrafficPolicyInstance: the record sets of one version of a policy.

use crate::traffic_policy::TrafficPolicyVersion;
use crate::traffic_policy_instance::{TrafficPolicyInstance, TrafficPolicyInstanceShown, sets};
use crate::{change, errors, hosted_zone};
use controlplane_services_kernel::quota::TRAFFIC_POLICY_INSTANCES;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateTrafficPolicyInstance;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTrafficPolicyInstanceInput {
    hosted_zone_id: String,
    name: String,
    #[serde(rename = "TTL")]
    ttl: i64,
    traffic_policy_id: String,
    traffic_policy_version: i32,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTrafficPolicyInstanceOutput {
    traffic_policy_instance: TrafficPolicyInstanceShown,
    location: String,
}

impl Operation for CreateTrafficPolicyInstance {
    const NAME: &'static str = "CreateTrafficPolicyInstance";
    type Input = CreateTrafficPolicyInstanceInput;
    type Output = CreateTrafficPolicyInstanceOutput;

    fn run(
        input: &CreateTrafficPolicyInstanceInput,
        cx: &mut Context,
    ) -> Result<CreateTrafficPolicyInstanceOutput, ServiceError> {
        let (zone_id, zone) = hosted_zone::existing(&input.hosted_zone_id, cx)?;
        let name = sets::name_of(&input.name, zone)?;
        let (policy, number) = (&input.traffic_policy_id, input.traffic_policy_version);
        let instance = TrafficPolicyInstance {
            zone_id: zone_id.to_owned(),
            name,
            kind: TrafficPolicyVersion::existing(policy, number, cx)?.kind.clone(),
            ttl: sets::ttl_of(input.ttl)?,
            traffic_policy_id: policy.clone(),
            traffic_policy_version: number,
            change_id: String::new(),
        };
        if cx.list::<TrafficPolicyInstance>().any(|other| other.is_in_place_of(&instance)) {
            return Err(errors::traffic_policy_instance_already_exists(&instance.name, &instance.kind));
        }
        let most = TRAFFIC_POLICY_INSTANCES.limit(cx);
        if cx.list::<TrafficPolicyInstance>().count() >= most {
            return Err(errors::too_many_traffic_policy_instances(most));
        }
        let id = cx.random().uuid();
        sets::replace(&id, Some(&instance), cx)?;
        let instance = TrafficPolicyInstance { change_id: change::submit(None, cx).id, ..instance };
        cx.put(&id, instance.clone());
        Ok(CreateTrafficPolicyInstanceOutput {
            traffic_policy_instance: TrafficPolicyInstanceShown::of(&id, &instance, cx),
            location: format!("/2013-04-01/trafficpolicyinstance/{id}"),
        })
    }
}
