//! CreateHostedZone.

use crate::caller_reference::{self, Of};
use crate::change::{self, ChangeInfo};
use crate::delegation_set::{self, DelegationSet, DelegationSetShown, name_servers};
use crate::hosted_zone::{HostedZone, HostedZoneConfig, HostedZoneShown, validate};
use crate::record_set::{Content, Policy, RecordSet};
use crate::vpc_association::{self, AssociatedVpc, VpcNamed};
use crate::{errors, page};
use controlplane_services_kernel::quota::HOSTED_ZONES;
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use controlplane_types::dns::Name;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateHostedZone;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateHostedZoneInput {
    name: String,
    #[serde(rename = "VPC", default)]
    vpc: Option<VpcNamed>,
    caller_reference: String,
    #[serde(default)]
    hosted_zone_config: Option<HostedZoneConfig>,
    #[serde(default)]
    delegation_set_id: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateHostedZoneOutput {
    hosted_zone: HostedZoneShown,
    change_info: ChangeInfo,
    delegation_set: DelegationSetShown,
    #[serde(rename = "VPC", skip_serializing_if = "Option::is_none")]
    vpc: Option<VpcNamed>,
    location: String,
}

impl Operation for CreateHostedZone {
    const NAME: &'static str = "CreateHostedZone";
    type Input = CreateHostedZoneInput;
    type Output = CreateHostedZoneOutput;

    fn run(input: &CreateHostedZoneInput, cx: &mut Context) -> Result<CreateHostedZoneOutput, ServiceError> {
        let config = input.hosted_zone_config.clone().unwrap_or_default();
        if config.private_zone.is_some_and(|private| private != input.vpc.is_some()) {
            return Err(errors::invalid_input(
                "HostedZoneConfig.PrivateZone: a zone is private when it is created with a VPC, and only then",
            ));
        }
        let vpc = input.vpc.as_ref().map(|named| vpc_association::own(named, cx)).transpose();
        let vpc = vpc.map_err(vpc_association::Foreign::unusable)?;
        let new = NewZone {
            name: &input.name,
            caller_reference: &input.caller_reference,
            comment: config.comment.as_deref(),
            delegation_set_id: input.delegation_set_id.as_deref(),
            vpcs: vpc.as_slice(),
        };
        let id = create(&new, cx)?;
        let (_, zone) = validate::existing(&id, cx)?;
        let (zone, delegation_set) =
            (HostedZoneShown::of(&id, zone, cx), DelegationSetShown::of_zone(zone, cx));
        Ok(CreateHostedZoneOutput {
            hosted_zone: zone,
            change_info: change::submit(None, cx),
            delegation_set,
            vpc: vpc.as_ref().map(VpcNamed::from),
            location: format!("/2013-04-01/hostedzone/{id}"),
        })
    }
}

/// What a zone is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewZone<'a> {
    /// The domain.
    pub name: &'a str,
    /// The client's reference.
    pub caller_reference: &'a str,
    /// What the client writes about it.
    pub comment: Option<&'a str>,
    /// The reusable delegation set to take name servers from.
    pub delegation_set_id: Option<&'a str>,
    /// The VPCs it answers in; none: it is public.
    pub vpcs: &'a [AssociatedVpc],
}

/// Creates a zone with its apex NS and SOA; answers its id.
pub fn create(new: &NewZone<'_>, cx: &mut Context) -> Result<String, ServiceError> {
    let name = validate::zone_name(new.name)?;
    let reference = new.caller_reference;
    let known = cx.list::<HostedZone>().any(|zone| zone.caller_reference == reference);
    if known || caller_reference::is_used(Of::HostedZone, reference, cx) {
        return Err(errors::hosted_zone_already_exists(reference));
    }
    if cx.list::<HostedZone>().count() >= HOSTED_ZONES.limit(cx) {
        return Err(errors::too_many_hosted_zones(HOSTED_ZONES.limit(cx)));
    }
    let delegation_set_id = new.delegation_set_id.map(|id| page::bare_id(id, "delegationset").to_owned());
    let name_servers = match &delegation_set_id {
        None if !new.vpcs.is_empty() => name_servers::of_private_zones(),
        None => name_servers::draw(Some(&name), cx)?,
        Some(id) if !new.vpcs.is_empty() => return Err(errors::delegation_set_of_private_zone(id)),
        Some(id) => of_set(id, &name, cx)?,
    };
    for vpc in new.vpcs {
        vpc_association::no_conflict(&name.to_string(), vpc, cx)?;
    }
    let id = format!("Z{}", cx.random().capitals(20));
    let zone = HostedZone {
        name: name.to_string(),
        caller_reference: reference.to_owned(),
        comment: new.comment.map(str::to_owned),
        name_servers,
        created_at: cx.now,
        delegation_set_id,
        vpcs: (!new.vpcs.is_empty()).then(|| vpc_association::ordered(new.vpcs)),
        accelerated_recovery: false,
        changed_serial: None,
    };
    put_apex(&id, &zone, cx);
    cx.put(&id, zone);
    Ok(id)
}

/// The name servers of a reusable set, if it can take one more zone and this one.
fn of_set(id: &str, name: &Name, cx: &Reader) -> Result<Vec<String>, ServiceError> {
    let (id, set) = delegation_set::existing(id, cx)?;
    if DelegationSet::zone_count(id, cx) >= delegation_set::ZONES_PER_SET {
        return Err(errors::too_many_hosted_zones(delegation_set::ZONES_PER_SET));
    }
    if name_servers::conflict(name, &set.name_servers, cx) {
        return Err(errors::conflicting_domain_exists(&name.to_string()));
    }
    Ok(set.name_servers.clone())
}

fn put_apex(id: &str, zone: &HostedZone, cx: &mut Context) {
    let first = zone.name_servers.first().map_or("", String::as_str);
    let soa = format!("{first}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
    let servers = zone.name_servers.iter().map(|server| format!("{server}.")).collect();
    for (kind, ttl, values) in [("NS", 172_800, servers), ("SOA", 900, vec![soa])] {
        let set = RecordSet {
            zone_id: id.to_owned(),
            name: zone.name.clone(),
            kind: kind.to_owned(),
            set_identifier: None,
            content: Content::of_values(ttl, values),
            policy: Policy::Simple,
            health_check_id: None,
            traffic_policy_instance_id: None,
        };
        cx.put(&set.id(), set);
    }
}
