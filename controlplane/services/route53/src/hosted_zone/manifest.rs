use super::{HostedZone, NewZone, create, delete, validate};
use crate::change;
use controlplane_services_kernel::manifest::Deletion;
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
}

impl Declarative for HostedZone {
    type Spec = HostedZoneSpec;
    const IMMUTABLE: &'static [&'static str] = &["name", "delegationSetId"];

    fn canonical(spec: HostedZoneSpec) -> Result<HostedZoneSpec, ServiceError> {
        Ok(HostedZoneSpec { name: validate::zone_name(&spec.name)?.to_string(), ..spec })
    }

    fn create(_: &str, spec: HostedZoneSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let reference = format!("manifest-{}", cx.random().hex(32));
        let new = NewZone {
            name: &spec.name,
            caller_reference: &reference,
            comment: spec.comment.as_deref(),
            delegation_set_id: spec.delegation_set_id.as_deref(),
        };
        let id = create(&new, cx)?;
        change::submit(None, cx);
        Ok(id)
    }

    fn update(
        id: &str,
        _: HostedZoneSpec,
        wanted: HostedZoneSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let (_, zone) = validate::existing(id, cx)?;
        let zone = HostedZone { comment: wanted.comment, ..zone.clone() };
        cx.put(id, zone);
        Ok(())
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
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
