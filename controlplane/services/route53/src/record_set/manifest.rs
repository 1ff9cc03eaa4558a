use super::{Action, RecordSet, RequestedChange, ResourceRecordSet, apply_batch};
use crate::{change, errors};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, ServiceError};
use serde::{Deserialize, Serialize};

/// Spec of a record set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordSetSpec {
    hosted_zone_id: String,
    name: String,
    r#type: String,
    #[serde(default)]
    set_identifier: Option<String>,
    #[serde(default)]
    weight: Option<i64>,
    #[serde(default)]
    failover: Option<String>,
    #[serde(default)]
    multi_value_answer: Option<bool>,
    ttl: i64,
    resource_records: Vec<String>,
    #[serde(default)]
    health_check_id: Option<String>,
}

impl RecordSetSpec {
    fn into_wire(self) -> (String, ResourceRecordSet) {
        let values = self.resource_records.into_iter().map(|value| super::wire::ResourceRecord { value });
        let wire = ResourceRecordSet {
            name: self.name,
            r#type: self.r#type,
            set_identifier: self.set_identifier,
            weight: self.weight,
            failover: self.failover,
            multi_value_answer: self.multi_value_answer,
            ttl: Some(self.ttl),
            resource_records: Some(values.collect()),
            health_check_id: self.health_check_id,
        };
        (self.hosted_zone_id, wire)
    }
}

impl Declarative for RecordSet {
    type Spec = RecordSetSpec;
    const REFERENCES: &'static [Reference] =
        &[Reference::new("hostedZoneId", "hosted_zone"), Reference::new("healthCheckId", "health_check")];

    fn create(_: &str, spec: RecordSetSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let (zone_id, wire) = spec.into_wire();
        submit(Action::Create, &zone_id, wire, cx)
    }

    fn update(id: &str, _: RecordSetSpec, new: RecordSetSpec, cx: &mut Context) -> Result<(), ServiceError> {
        let (zone_id, wire) = new.into_wire();
        let changed = submit(Action::Upsert, &zone_id, wire, cx)?;
        if changed == id { Ok(()) } else { Err(errors::immutable("name, type and setIdentifier")) }
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
    let set = change.resource_record_set.read(zone_id, "");
    set.map(|set| set.id()).map_err(|problems| errors::invalid_change_batch(&problems))
}
