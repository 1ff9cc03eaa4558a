use super::{CidrCollection, blocks, create, delete, existing};
use crate::change;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks of client addresses by location, for record sets that are chosen by the client's address.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CidrCollectionSpec {
    /// 1 to 64 letters, digits, `_` and `-`; unique.
    pub(super) name: String,
    /// Blocks by name of the location; a block is in one location only. Prefixes have up to 24 bits, with IPv6 up to 48.
    #[serde(default)]
    pub(super) locations: BTreeMap<String, BTreeSet<String>>,
}

impl Declarative for CidrCollection {
    type Spec = CidrCollectionSpec;
    const IMMUTABLE: &'static [&'static str] = &["name"];

    fn canonical(spec: CidrCollectionSpec) -> Result<CidrCollectionSpec, ServiceError> {
        let mut locations = BTreeMap::new();
        for (name, given) in spec.locations.into_iter().filter(|(_, given)| !given.is_empty()) {
            blocks::location_name(&name)?;
            let given: BTreeSet<String> =
                given.iter().map(|text| blocks::block(text)).collect::<Result<_, _>>()?;
            locations.insert(name, given);
        }
        blocks::check(&locations)?;
        Ok(CidrCollectionSpec { locations, ..spec })
    }

    fn create(_: &str, spec: CidrCollectionSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let reference = format!("manifest-{}", cx.random().hex(32));
        let id = create(&spec.name, &reference, cx)?;
        fill(&id, spec, cx)?;
        Ok(id)
    }

    fn update(
        id: &str,
        _: CidrCollectionSpec,
        wanted: CidrCollectionSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        fill(id, wanted, cx)
    }

    /// With its blocks, which the manifest declared along with it.
    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        let empty = CidrCollection { locations: BTreeMap::new(), ..existing(id, cx)?.clone() };
        cx.put(id, empty);
        delete(id, cx)?;
        Ok(Deletion::Done)
    }

    fn find(name: &str, reader: &Reader) -> Option<String> {
        let found = reader.list::<CidrCollection>().find(|collection| collection.name == name)?;
        Some(found.key.id().to_owned())
    }
}

fn fill(id: &str, spec: CidrCollectionSpec, cx: &mut Context) -> Result<(), ServiceError> {
    let old = existing(id, cx)?.clone();
    let locations = CidrCollection::canonical(spec)?.locations;
    if locations != old.locations {
        cx.put(id, CidrCollection { version: old.version + 1, locations, ..old });
        change::submit(None, cx);
    }
    Ok(())
}
