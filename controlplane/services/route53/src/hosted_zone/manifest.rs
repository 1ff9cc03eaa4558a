use super::{HostedZone, NewZone, create, delete, validate};
use crate::vpc_association::ops::{associate, disassociate};
use crate::vpc_association::{self, AssociatedVpc};
use crate::{accelerated_recovery, change, errors};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use controlplane_types::dns::Name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A domain that the DNS servers of the region answer for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostedZoneSpec {
    /// The domain, such as `example.com`; at least two labels.
    name: String,
    /// A text for people.
    #[serde(default)]
    comment: Option<String>,
    /// The reusable delegation set whose name servers the zone has. Absent: four of its own.
    #[serde(default)]
    delegation_set_id: Option<String>,
    /// The VPCs it answers in, which makes it private. Absent: it is public. Cannot appear or go later.
    #[serde(default)]
    vpcs: Option<Vec<VpcSpec>>,
    /// Whether its record sets shall be changeable although a server of the control plane is lost, which takes three servers
    /// and keeps them from being removed. Public zones only.
    #[serde(default)]
    enable_accelerated_recovery: bool,
}

/// A VPC of a private zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VpcSpec {
    /// Name or id of the VPC, of the document's region.
    pub(super) vpc_id: String,
}

impl Declarative for HostedZone {
    type Spec = HostedZoneSpec;
    const REFERENCES: &'static [Reference] = &[Reference::new("vpcs[].vpcId", "vpc")];
    const IMMUTABLE: &'static [&'static str] = &["name", "delegationSetId"];

    fn canonical(spec: HostedZoneSpec) -> Result<HostedZoneSpec, ServiceError> {
        let vpcs = spec.vpcs.map(|mut vpcs| {
            vpcs.sort();
            vpcs.dedup();
            vpcs
        });
        Ok(HostedZoneSpec { name: validate::zone_name(&spec.name)?.to_string(), vpcs, ..spec })
    }

    fn create(_: &str, spec: HostedZoneSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let reference = format!("manifest-{}", cx.random().hex(32));
        if spec.vpcs.as_ref().is_some_and(Vec::is_empty) {
            return Err(errors::invalid_input("vpcs: a private hosted zone has at least one VPC"));
        }
        let given = spec.vpcs.iter().flatten();
        let vpcs: Vec<AssociatedVpc> =
            given.map(|vpc| vpc_association::of_caller(&vpc.vpc_id, None, cx)).collect::<Result<_, _>>()?;
        let new = NewZone {
            name: &spec.name,
            caller_reference: &reference,
            comment: spec.comment.as_deref(),
            delegation_set_id: spec.delegation_set_id.as_deref(),
            vpcs: &vpcs,
        };
        let id = create(&new, cx)?;
        bring_recovery(&id, false, spec.enable_accelerated_recovery, cx)?;
        change::submit(None, cx);
        Ok(id)
    }

    fn update(
        id: &str,
        live: HostedZoneSpec,
        wanted: HostedZoneSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let (_, zone) = validate::existing(id, cx)?;
        if live.vpcs.is_some() != wanted.vpcs.is_some() {
            return Err(errors::invalid_input("vpcs: a zone stays private or public as it was created"));
        }
        let zone = HostedZone { comment: wanted.comment, ..zone.clone() };
        cx.put(id, zone);
        bring_recovery(id, live.enable_accelerated_recovery, wanted.enable_accelerated_recovery, cx)?;
        if live.vpcs != wanted.vpcs {
            bring_vpcs(id, &live.vpcs.unwrap_or_default(), &wanted.vpcs.unwrap_or_default(), cx)?;
            change::submit(None, cx);
        }
        Ok(())
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        // What was declared with the zone goes with it.
        let wanted = validate::existing(id, cx)?.1.accelerated_recovery;
        bring_recovery(id, wanted, false, cx)?;
        delete(id, cx)?;
        change::submit(None, cx);
        Ok(Deletion::Done)
    }

    /// A zone by its domain, where only one zone has it.
    fn find(name: &str, reader: &Reader) -> Option<String> {
        let name = Name::parse(name).ok()?.to_string();
        let mut zones = reader.list::<HostedZone>().filter(|zone| zone.name == name);
        let found = zones.next()?.key.id().to_owned();
        zones.next().is_none().then_some(found)
    }
}

/// Private zones are told nothing that they cannot be told.
fn bring_recovery(id: &str, live: bool, wanted: bool, cx: &mut Context) -> Result<(), ServiceError> {
    if live == wanted { Ok(()) } else { accelerated_recovery::want(id, wanted, cx) }
}

/// First the new ones, so that no zone is without a VPC in between. VPCs of other regions are not named in manifests, and
/// stay.
fn bring_vpcs(id: &str, live: &[VpcSpec], wanted: &[VpcSpec], cx: &mut Context) -> Result<(), ServiceError> {
    let (key, region) = (cx.key::<HostedZone>(id), cx.caller.region.to_string());
    for new in wanted.iter().filter(|vpc| !live.contains(vpc)) {
        let vpc = vpc_association::of_caller(&new.vpc_id, None, cx)?;
        associate(&key, vpc, cx)?;
    }
    for old in live.iter().filter(|vpc| !wanted.contains(vpc)) {
        disassociate(&key, (&old.vpc_id, &region), cx)?;
    }
    Ok(())
}
