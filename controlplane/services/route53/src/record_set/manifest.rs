use super::{Action, RecordSet, RequestedChange, ResourceRecordSet, apply_batch};
use crate::{change, errors};
use controlplane_services_kernel::manifest::{Deletion, Join, Reference};
use controlplane_services_kernel::{Context, Declarative, ServiceError};
use controlplane_types::dns::Name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is answered for a name and type. Several sets of one name and type are told apart by `setIdentifier` and chosen by
/// one of `weight`, `failover` and `multiValueAnswer`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordSetSpec {
    /// The zone the name is in.
    hosted_zone_id: String,
    /// The name, such as `www.example.com`; `*` may stand for the first label.
    name: String,
    /// Type of the records: `A`, `AAAA`, `CNAME`, `MX`, `TXT` and so on.
    r#type: String,
    /// Tells sets of one name and type apart, 1 to 128 characters. Only with `weight`, `failover` or `multiValueAnswer`, and
    /// then needed.
    #[serde(default)]
    set_identifier: Option<String>,
    /// Share of the answers: this weight of the sum of all weights. 0: none, unless all are 0.
    #[schemars(range(min = 0, max = 255))]
    #[serde(default)]
    weight: Option<i64>,
    /// Part in a pair: the secondary is answered while the primary is unhealthy.
    #[schemars(extend("enum" = ["PRIMARY", "SECONDARY"]))]
    #[serde(default)]
    failover: Option<String>,
    /// Whether up to eight healthy sets are answered together. Absent: no.
    #[serde(default)]
    multi_value_answer: Option<bool>,
    /// Seconds for which resolvers may keep an answer.
    #[schemars(range(min = 0, max = 2147483647))]
    ttl: i64,
    /// The values in presentation form, at least one.
    resource_records: Vec<String>,
    /// Health check the set depends on. Absent: it is always healthy.
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
    const IMMUTABLE: &'static [&'static str] = &["hostedZoneId", "name", "type", "setIdentifier"];
    const JOINS: &'static [Join] = &[Join::OneOf(&["weight", "failover", "multiValueAnswer"])];

    fn canonical(spec: RecordSetSpec) -> Result<RecordSetSpec, ServiceError> {
        // What is no name is told about by the change itself, in Route 53's words.
        let name = Name::parse(&spec.name).map_or(spec.name, |name| name.to_string());
        Ok(RecordSetSpec { name, ..spec })
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
    let set = change.resource_record_set.read(zone_id, "");
    set.map(|set| set.id()).map_err(|problems| errors::invalid_change_batch(&problems))
}
