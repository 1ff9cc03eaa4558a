use super::manifest_spec::RecordSetSpec;
use super::{Action, RecordSet, RequestedChange, ResourceRecordSet, apply_batch};
use crate::{change, errors};
use controlplane_services_kernel::manifest::{Deletion, Join, Reference};
use controlplane_services_kernel::{Context, Declarative, ServiceError};
use controlplane_types::dns::Name;

impl Declarative for RecordSet {
    type Spec = RecordSetSpec;
    const REFERENCES: &'static [Reference] = &[
        Reference::new("hostedZoneId", "hosted_zone"),
        Reference::new("aliasTarget.hostedZoneId", "hosted_zone"),
        Reference::new("cidrRoutingConfig.collectionId", "cidr_collection"),
        Reference::new("healthCheckId", "health_check"),
    ];
    const IMMUTABLE: &'static [&'static str] = &["hostedZoneId", "name", "type", "setIdentifier"];
    const JOINS: &'static [Join] = &[
        Join::OneOf(&[
            "weight",
            "region",
            "geoLocation",
            "geoProximityLocation",
            "cidrRoutingConfig",
            "failover",
            "multiValueAnswer",
        ]),
        Join::OneOf(&["aliasTarget", "ttl"]),
        Join::OneOf(&["aliasTarget", "resourceRecords"]),
        Join::Whole("geoLocation"),
        Join::Whole("geoProximityLocation"),
    ];

    fn canonical(mut spec: RecordSetSpec) -> Result<RecordSetSpec, ServiceError> {
        // What is no name is told about by the change itself, in Route 53's words.
        let named = |text: &str| Name::parse(text).map_or_else(|_| text.to_owned(), |name| name.to_string());
        spec.name = named(&spec.name);
        if let Some(target) = &mut spec.alias_target {
            target.dns_name = named(&target.dns_name);
        }
        Ok(spec)
    }

    fn create(_: &str, spec: RecordSetSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let (zone_id, wire) = spec.into_wire();
        submit(Action::Create, &zone_id, wire, cx)
    }

    fn update(
        _: &str,
        _: RecordSetSpec,
        wanted: RecordSetSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let (zone_id, wire) = wanted.into_wire();
        submit(Action::Upsert, &zone_id, wire, cx).map(|_| ())
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        let Some(set) = cx.get::<RecordSet>(id).cloned() else {
            return Err(errors::invalid_input(format!("there is no record set {id}")));
        };
        submit(Action::Delete, &set.zone_id, ResourceRecordSet::from(&set), cx)?;
        Ok(Deletion::Done)
    }
}

/// The id of the set the change is about.
fn submit(
    action: Action,
    zone_id: &str,
    resource_record_set: ResourceRecordSet,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let change = RequestedChange { action, resource_record_set };
    apply_batch(zone_id, std::slice::from_ref(&change), cx)?;
    change::submit(None, cx);
    let set = change.resource_record_set.read(zone_id, action);
    set.map(|set| set.id()).map_err(|refusal| errors::invalid_change_batch(&refusal.problems()))
}
