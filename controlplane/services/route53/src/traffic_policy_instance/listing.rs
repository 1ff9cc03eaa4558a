//! The one order of every listing of instances, and where a page begins.

use super::{TrafficPolicyInstance, TrafficPolicyInstanceShown};
use crate::{errors, page};
use controlplane_services_kernel::{Reader, ServiceError, Stored};
use controlplane_types::dns::Name;

/// Zone, name in the order of listings, type.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position(String, String, String);

impl Position {
    /// Of the markers, each of which needs those before it.
    pub(super) fn read(
        zone_id: Option<&str>,
        name: Option<&str>,
        kind: Option<&str>,
    ) -> Result<Self, ServiceError> {
        let needs = |what| Err(errors::invalid_input(format!("{what} for the marker to mean anything")));
        match (zone_id, name, kind) {
            (None, Some(_), _) => return needs("HostedZoneIdMarker must be given"),
            (_, None, Some(_)) => return needs("TrafficPolicyInstanceNameMarker must be given"),
            _ => {}
        }
        let name = name.map(|name| {
            let parsed = Name::parse(name);
            parsed.map(|name| name.listing_key()).map_err(|error| {
                errors::invalid_input(format!("TrafficPolicyInstanceNameMarker: {name}: {}", error.text()))
            })
        });
        let zone_id = zone_id.map(|id| page::bare_id(id, "hostedzone")).unwrap_or_default();
        Ok(Self(
            zone_id.to_owned(),
            name.transpose()?.unwrap_or_default(),
            kind.unwrap_or_default().to_owned(),
        ))
    }

    fn of(instance: &TrafficPolicyInstance) -> Self {
        let name = Name::parse(&instance.name).map(|name| name.listing_key()).unwrap_or_default();
        Self(instance.zone_id.clone(), name, instance.kind.clone())
    }
}

/// A page of instances, and the one the next page begins with.
pub(super) struct Listed {
    pub(super) instances: Vec<TrafficPolicyInstanceShown>,
    pub(super) next: Option<TrafficPolicyInstance>,
}

impl Listed {
    pub(super) fn from(
        start: &Position,
        max: usize,
        cx: &Reader,
        wanted: impl Fn(&TrafficPolicyInstance) -> bool,
    ) -> Self {
        let mut found: Vec<(Position, Stored<'_, TrafficPolicyInstance>)> = cx
            .list::<TrafficPolicyInstance>()
            .filter(|instance| wanted(instance.record))
            .map(|instance| (Position::of(instance.record), instance))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let from = found.into_iter().filter(|(position, _)| position >= start);
        let (page, next) = page::cut(from.map(|(_, instance)| instance), max);
        let shown = |found: &Stored<'_, TrafficPolicyInstance>| {
            TrafficPolicyInstanceShown::of(found.key.id(), found.record, cx)
        };
        Self { instances: page.iter().map(shown).collect(), next: next.map(|found| found.record.clone()) }
    }
}
