//! CreateHostedZone.

use crate::change::{self, ChangeInfo};
use crate::errors;
use crate::hosted_zone::types::DelegationSet;
use crate::hosted_zone::{HostedZone, HostedZoneConfig, HostedZoneShown, name_servers, validate};
use crate::record_set::{Content, Policy, RecordSet};
use controlplane_services_kernel::quota::HOSTED_ZONES;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateHostedZone;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateHostedZoneInput {
    name: String,
    caller_reference: String,
    #[serde(default)]
    hosted_zone_config: Option<HostedZoneConfig>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateHostedZoneOutput {
    hosted_zone: HostedZoneShown,
    change_info: ChangeInfo,
    delegation_set: DelegationSet,
    location: String,
}

impl Operation for CreateHostedZone {
    const NAME: &'static str = "CreateHostedZone";
    type Input = CreateHostedZoneInput;
    type Output = CreateHostedZoneOutput;

    fn run(input: &CreateHostedZoneInput, cx: &mut Context) -> Result<CreateHostedZoneOutput, ServiceError> {
        let config = input.hosted_zone_config.clone().unwrap_or_default();
        if config.private_zone == Some(true) {
            return Err(errors::invalid_input(
                "HostedZoneConfig.PrivateZone: private hosted zones are not served yet",
            ));
        }
        let id = create(&input.name, &input.caller_reference, config.comment, cx)?;
        let (_, zone) = validate::existing(&id, cx)?;
        let (zone, delegation_set) = (HostedZoneShown::of(&id, zone, cx), DelegationSet::of(zone));
        Ok(CreateHostedZoneOutput {
            hosted_zone: zone,
            change_info: change::submit(None, cx),
            delegation_set,
            location: format!("/2013-04-01/hostedzone/{id}"),
        })
    }
}

/// Creates a zone with its apex NS and SOA; answers its id.
pub fn create(
    name: &str,
    caller_reference: &str,
    comment: Option<String>,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let name = validate::zone_name(name)?;
    if cx.list::<HostedZone>().any(|zone| zone.caller_reference == caller_reference) {
        return Err(errors::hosted_zone_already_exists(caller_reference));
    }
    if cx.list::<HostedZone>().count() >= HOSTED_ZONES.limit(cx) {
        return Err(errors::too_many_hosted_zones(HOSTED_ZONES.limit(cx)));
    }
    let id = format!("Z{}", cx.random().capitals(20));
    let name_servers = name_servers::draw(&name, cx);
    let zone = HostedZone {
        name: name.to_string(),
        caller_reference: caller_reference.to_owned(),
        comment,
        name_servers: name_servers.clone(),
        created_at: cx.now,
    };
    let soa = format!("{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", name_servers[0]);
    let servers = name_servers.iter().map(|server| format!("{server}.")).collect();
    for (kind, ttl, values) in [("NS", 172_800, servers), ("SOA", 900, vec![soa])] {
        let set = RecordSet {
            zone_id: id.clone(),
            name: zone.name.clone(),
            kind: kind.to_owned(),
            set_identifier: None,
            content: Content { ttl, values },
            policy: Policy::Simple,
            health_check_id: None,
        };
        cx.put(&set.id(), set);
    }
    cx.put(&id, zone);
    Ok(id)
}
