//! The one order of every listing of instances, and where a page begins.

use super::{TrafficPolicyInstance, TrafficPolicyInstanceShown};
use crate::{errors, page};
use controlplane_services_kernel::{Reader, ServiceError, Stored};
use controlplane_types::dns::Name;

/// Zone, name in the order of listings, type.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Position(String, String, String);

impl Position {
    /// Of the markers, each of which needs those before it.
    fn read(zone_id: Option<&str>, name: Option<&str>, kind: Option<&str>) -> Result<Self, ServiceError> {
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

/// Where a request wants its page to begin, and how long.
pub(super) struct Asked<'i> {
    pub(super) zone_id: Option<&'i str>,
    pub(super) name: &'i Option<String>,
    pub(super) kind: &'i Option<String>,
    pub(super) max_items: &'i Option<String>,
}

/// A page of instances, with the markers of the one that the next page begins with.
pub(super) struct Page {
    pub(super) instances: Vec<TrafficPolicyInstanceShown>,
    pub(super) is_truncated: bool,
    pub(super) zone_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) max_items: String,
}

impl Asked<'_> {
    /// The page, of those instances that are wanted.
    pub(super) fn page(
        &self,
        cx: &Reader,
        wanted: impl Fn(&TrafficPolicyInstance) -> bool,
    ) -> Result<Page, ServiceError> {
        let max = page::max_items(self.max_items.as_deref(), 100)?;
        let start = Position::read(self.zone_id, self.name.as_deref(), self.kind.as_deref())?;
        let mut found: Vec<(Position, Stored<'_, TrafficPolicyInstance>)> = cx
            .list::<TrafficPolicyInstance>()
            .filter(|instance| wanted(instance.record))
            .map(|instance| (Position::of(instance.record), instance))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let from = found.into_iter().filter(|(position, _)| *position >= start);
        let (page, next) = page::cut(from.map(|(_, instance)| instance), max);
        let shown = |found: &Stored<'_, TrafficPolicyInstance>| {
            TrafficPolicyInstanceShown::of(found.key.id(), found.record, cx)
        };
        Ok(Page {
            instances: page.iter().map(shown).collect(),
            is_truncated: next.is_some(),
            zone_id: next.as_ref().map(|next| next.zone_id.clone()),
            name: next.as_ref().map(|next| next.name.clone()),
            kind: next.map(|next| next.kind.clone()),
            max_items: max.to_string(),
        })
    }
}
