//! CreateReusableDelegationSet: four new name servers, or those that a zone has already.

use crate::delegation_set::{DelegationSet, DelegationSetShown, name_servers};
use crate::{HostedZone, errors, page};
use controlplane_services_kernel::quota::DELEGATION_SETS;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateReusableDelegationSet;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateReusableDelegationSetInput {
    caller_reference: String,
    #[serde(default)]
    hosted_zone_id: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateReusableDelegationSetOutput {
    delegation_set: DelegationSetShown,
    location: String,
}

impl Operation for CreateReusableDelegationSet {
    const NAME: &'static str = "CreateReusableDelegationSet";
    type Input = CreateReusableDelegationSetInput;
    type Output = CreateReusableDelegationSetOutput;

    fn run(
        input: &CreateReusableDelegationSetInput,
        cx: &mut Context,
    ) -> Result<CreateReusableDelegationSetOutput, ServiceError> {
        let reference = &input.caller_reference;
        if cx.list::<DelegationSet>().any(|set| set.caller_reference == *reference) {
            return Err(errors::delegation_set_already_created(reference));
        }
        let most = DELEGATION_SETS.limit(cx);
        if cx.list::<DelegationSet>().count() >= most {
            return Err(errors::limits_exceeded("reusable delegation sets", most));
        }
        let id = format!("N{}", cx.random().capitals(20));
        let name_servers = match &input.hosted_zone_id {
            None => name_servers::draw(None, cx)?,
            Some(zone) => adopt(page::bare_id(zone, "hostedzone"), &id, cx)?,
        };
        let set = DelegationSet { caller_reference: reference.clone(), name_servers };
        let shown = DelegationSetShown::of(&id, &set);
        cx.put(&id, set);
        Ok(CreateReusableDelegationSetOutput {
            delegation_set: shown,
            location: format!("/2013-04-01/delegationset/{id}"),
        })
    }
}

/// The name servers of a zone, which uses the set from now on.
fn adopt(zone_id: &str, id: &str, cx: &mut Context) -> Result<Vec<String>, ServiceError> {
    let zone =
        cx.get::<HostedZone>(zone_id).cloned().ok_or_else(|| errors::hosted_zone_not_found(zone_id))?;
    if zone.delegation_set_id.is_some() {
        return Err(errors::delegation_set_already_reusable(zone_id));
    }
    if zone.is_private() {
        return Err(errors::delegation_set_of_private_zone(zone_id));
    }
    let name_servers = zone.name_servers.clone();
    cx.put(zone_id, HostedZone { delegation_set_id: Some(id.to_owned()), ..zone });
    Ok(name_servers)
}
