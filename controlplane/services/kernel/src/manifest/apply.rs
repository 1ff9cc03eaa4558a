//! Applying a set of documents: names to ids, topological order, cycles through deferred fields last, all or nothing.

use super::{Applied, Document, Reference, invalid, kind_matches};
use crate::{Caller, Context, KindEntry, Reader, Service, ServiceError};
use controlplane_types::RegionName;
use serde_json::Value;
use std::collections::BTreeMap;

/// What became of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedDocument {
    /// Kind of the record.
    pub kind: &'static str,
    /// Name of the document.
    pub name: String,
    /// Where the record belongs; for a kind of no region, where it was applied.
    pub region: RegionName,
    /// Id of the record.
    pub id: String,
    /// What happened.
    pub outcome: ApplyOutcome,
}

/// What applying a document did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// The record is new.
    Created,
    /// The record was changed.
    Configured,
    /// The document said what it said last time, and the record is still so.
    Unchanged,
}

struct Item {
    kind: &'static KindEntry,
    name: String,
    region: RegionName,
    spec: Value,
}

/// What one document is among others: region, kind, name.
type ItemName = (RegionName, &'static str, String);

/// Where documents act: the caller's own region, which also remembers those of no region, and the one of documents that name
/// none.
#[derive(Clone, Debug)]
pub struct Places {
    /// The caller's.
    pub home: RegionName,
    /// Of documents that name none.
    pub default: RegionName,
}

impl Places {
    /// Where a document of `kind` that names `region` acts.
    fn of(&self, kind: &KindEntry, region: Option<&str>) -> RegionName {
        match region {
            _ if kind.global => self.home.clone(),
            Some(region) => region.into(),
            None => self.default.clone(),
        }
    }

    /// Where a document that acts in `region` finds a record of `kind`.
    fn of_reference(&self, services: &[&'static Service], kind: &str, region: &RegionName) -> RegionName {
        let is_global = declarative_kind(services, kind).is_some_and(|kind| kind.global);
        if is_global { self.home.clone() } else { region.clone() }
    }
}

/// The work of one `apply`.
struct Apply<'c> {
    services: &'c [&'static Service],
    set: &'c str,
    items: Vec<Item>,
    places: Places,
    /// Ids of documents already done.
    done: BTreeMap<ItemName, String>,
    cx: &'c mut Context,
}

/// Makes every document true, or nothing. Results come in the order of the documents.
pub fn apply(
    services: &[&'static Service],
    documents: Vec<Document>,
    set: &str,
    default_region: &RegionName,
    cx: &mut Context,
) -> Result<Vec<AppliedDocument>, ServiceError> {
    let places = Places { home: cx.caller.region.clone(), default: default_region.clone() };
    let items = documents.into_iter().map(|document| item(services, document, &places));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    refuse_doubles(&items)?;
    let order = order(services, &items, &places)?;
    let mut apply = Apply { services, set, items, places, done: BTreeMap::new(), cx };
    let mut results = BTreeMap::new();
    let mut postponed = Vec::new();
    for index in order {
        let (result, complete) = apply.one(index).map_err(|error| apply.blame(index, error))?;
        results.insert(index, result);
        if !complete {
            postponed.push(index);
        }
    }
    for index in postponed {
        let (result, _) = apply.one(index).map_err(|error| apply.blame(index, error))?;
        results.entry(index).and_modify(|first| first.outcome = merge(first.outcome, result.outcome));
    }
    Ok(results.into_values().collect())
}

/// Brings the record `id` from what `before` says of it to what `after` says; whether anything had to be written. What both say
/// alike is left alone, and no set hears of it: what a manifest declares is true again after its next apply.
pub fn edit(
    services: &[&'static Service],
    id: &str,
    before: Document,
    after: Document,
    cx: &mut Context,
) -> Result<bool, ServiceError> {
    let places = Places { home: cx.caller.region.clone(), default: cx.caller.region.clone() };
    let (before, after) = (item(services, before, &places)?, item(services, after, &places)?);
    if before.name() != after.name() {
        return Err(invalid(
            "kind, metadata.name and metadata.region are not the record's, so they cannot be edited",
        ));
    }
    let Some(entry) = &after.kind.declarative else {
        return Err(ServiceError::internal(format!("{} is not declarative", after.kind.name)));
    };
    let apply = Apply { services, set: "", items: vec![after], places, done: BTreeMap::new(), cx };
    let (wanted, _) = apply.resolve(0).map_err(|error| apply.blame(0, error))?;
    let result = entry.bring(id, &before.spec, &wanted, apply.cx);
    result.map_err(|error| blamed(&apply.items[0], error))
}

/// The declarative kind `text` means.
pub fn declarative_kind(services: &[&'static Service], text: &str) -> Option<&'static KindEntry> {
    let kinds = services.iter().flat_map(|service| service.kinds.iter());
    kinds.filter(|kind| kind.declarative.is_some()).find(|kind| kind_matches(kind.name, text))
}

fn item(services: &[&'static Service], document: Document, places: &Places) -> Result<Item, ServiceError> {
    let kind = declarative_kind(services, &document.kind).ok_or_else(|| {
        invalid(format!("{}/{}: no such kind of manifest", document.kind, document.metadata.name))
            .with_hint("`hearth get kinds` lists the kinds")
    })?;
    let region = document.metadata.region.as_deref();
    if region.is_some() && kind.global {
        let name = document.metadata.name;
        return Err(invalid(format!("{}/{name}: metadata.region: this kind is of no region", kind.name)));
    }
    let region = places.of(kind, region);
    Ok(Item { kind, name: document.metadata.name, region, spec: Value::Object(document.spec) })
}

fn refuse_doubles(items: &[Item]) -> Result<(), ServiceError> {
    let mut seen = BTreeMap::new();
    for item in items {
        if seen.insert(item.name(), ()).is_some() {
            return Err(invalid(format!("{}/{}: declared twice", item.kind.name, item.name)));
        }
    }
    Ok(())
}

fn references(kind: &KindEntry) -> &'static [Reference] {
    kind.declarative.as_ref().map_or(&[], |entry| entry.references)
}

/// Indices so that every document comes after those it cannot exist without.
fn order(services: &[&'static Service], items: &[Item], places: &Places) -> Result<Vec<usize>, ServiceError> {
    let names: BTreeMap<ItemName, usize> =
        items.iter().enumerate().map(|(index, item)| (item.name(), index)).collect();
    let needs = items.iter().map(|item| needs(services, item, &names, places));
    let needs = needs.collect::<Result<Vec<_>, _>>()?;
    let mut order = Vec::with_capacity(items.len());
    let mut state = vec![Visit::New; items.len()];
    for index in 0..items.len() {
        visit(index, items, &needs, &mut state, &mut order)?;
    }
    Ok(order)
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    Open,
    Done,
}

fn visit(
    index: usize,
    items: &[Item],
    needs: &[Vec<usize>],
    state: &mut [Visit],
    order: &mut Vec<usize>,
) -> Result<(), ServiceError> {
    match state[index] {
        Visit::Done => return Ok(()),
        Visit::Open => {
            let item = &items[index];
            return Err(invalid(format!(
                "{}/{}: refers to itself through other documents",
                item.kind.name, item.name
            )));
        }
        Visit::New => state[index] = Visit::Open,
    }
    for needed in &needs[index] {
        visit(*needed, items, needs, state, order)?;
    }
    state[index] = Visit::Done;
    order.push(index);
    Ok(())
}

fn needs(
    services: &[&'static Service],
    item: &Item,
    names: &BTreeMap<ItemName, usize>,
    places: &Places,
) -> Result<Vec<usize>, ServiceError> {
    let mut found = Vec::new();
    let mut spec = item.spec.clone();
    for reference in references(item.kind).iter().filter(|reference| !reference.deferred) {
        let region = places.of_reference(services, reference.kind, &item.region);
        reference.visit::<ServiceError>(&mut spec, &mut |text| {
            found.extend(names.get(&(region.clone(), reference.kind, text.clone())).copied());
            Ok(())
        })?;
    }
    Ok(found)
}

fn blamed(item: &Item, error: ServiceError) -> ServiceError {
    ServiceError { message: format!("{}/{}: {}", item.kind.name, item.name, error.message), ..error }
}

fn merge(first: ApplyOutcome, second: ApplyOutcome) -> ApplyOutcome {
    match (first, second) {
        (ApplyOutcome::Unchanged, second) => second,
        (first, _) => first,
    }
}

impl Item {
    fn name(&self) -> ItemName {
        (self.region.clone(), self.kind.name, self.name.clone())
    }
}

impl Apply<'_> {
    fn blame(&self, index: usize, error: ServiceError) -> ServiceError {
        blamed(&self.items[index], error)
    }

    /// Applies one document in its region; `false` when a deferred field had to be left out.
    fn one(&mut self, index: usize) -> Result<(AppliedDocument, bool), ServiceError> {
        let region = self.items[index].region.clone();
        let caller = Caller { region, ..self.cx.caller.clone() };
        let before = self.cx.act_as(caller);
        let result = self.one_here(index);
        self.cx.act_as(before);
        result
    }

    fn one_here(&mut self, index: usize) -> Result<(AppliedDocument, bool), ServiceError> {
        let (kind, name) = (self.items[index].kind, self.items[index].name.clone());
        let (spec, complete) = self.resolve(index)?;
        let before = self.before(kind, &name);
        let (id, outcome) = match before {
            // It is there, so others can refer to it; what has to wait would look as if nobody declared it any more.
            Some(applied) if !complete => (applied.target, ApplyOutcome::Unchanged),
            before => self.make(kind, &name, &spec, before)?,
        };
        self.done.insert(self.items[index].name(), id.clone());
        let region = self.cx.caller.region.clone();
        Ok((AppliedDocument { kind: kind.name, name, region, id, outcome }, complete))
    }

    /// What the document said last time, if its record is still there.
    fn before(&self, kind: &'static KindEntry, name: &str) -> Option<Applied> {
        let exists = kind.declarative.as_ref()?.exists;
        let applied = self.cx.get::<Applied>(&Applied::id(self.set, kind.name, name)).cloned();
        applied.filter(|applied| exists(&applied.target, self.cx))
    }

    fn make(
        &mut self,
        kind: &'static KindEntry,
        name: &str,
        spec: &Value,
        before: Option<Applied>,
    ) -> Result<(String, ApplyOutcome), ServiceError> {
        let Some(entry) = &kind.declarative else {
            return Err(ServiceError::internal(format!("{} is not declarative", kind.name)));
        };
        let text = spec.to_string();
        let said_before = before.as_ref().is_some_and(|applied| applied.spec == text);
        let (target, outcome) = match before {
            Some(applied) => {
                let last: Value = serde_json::from_str(&applied.spec).map_err(|error| {
                    ServiceError::internal(format!("a remembered spec cannot be read: {error}"))
                })?;
                let changed = entry.bring(&applied.target, &last, spec, self.cx)?;
                let same = said_before && !changed;
                (applied.target, if same { ApplyOutcome::Unchanged } else { ApplyOutcome::Configured })
            }
            None => ((entry.create)(name, spec, self.cx)?, ApplyOutcome::Created),
        };
        if !said_before {
            let id = Applied::id(self.set, kind.name, name);
            let (kind, name) = (kind.name.to_owned(), name.to_owned());
            self.cx.put(&id, Applied { kind, name, target: target.clone(), spec: text });
        }
        Ok((target, outcome))
    }

    /// The document's spec with ids for names; fields that have to wait for a later document are left out.
    fn resolve(&self, index: usize) -> Result<(Value, bool), ServiceError> {
        let item = &self.items[index];
        let mut spec = item.spec.clone();
        let mut complete = true;
        for reference in references(item.kind) {
            if reference.deferred && self.waits(reference, &mut spec)? {
                complete = false;
                if let Value::Object(fields) = &mut spec {
                    fields.remove(reference.first_segment());
                }
            }
            reference.visit(&mut spec, &mut |text| {
                *text = self.id_of(reference, text)?;
                Ok::<_, ServiceError>(())
            })?;
        }
        Ok((spec, complete))
    }

    /// Whether a deferred reference names a document of this set that is not there yet.
    fn waits(&self, reference: &Reference, spec: &mut Value) -> Result<bool, ServiceError> {
        let mut waits = false;
        reference.visit::<ServiceError>(spec, &mut |text| {
            let name = (self.region_of(reference.kind), reference.kind, text.clone());
            let declared = self.items.iter().any(|item| item.name() == name);
            waits |= declared && self.known(reference.kind, text).is_none();
            Ok(())
        })?;
        Ok(waits)
    }

    fn id_of(&self, reference: &Reference, text: &str) -> Result<String, ServiceError> {
        self.known(reference.kind, text).or_else(|| self.existing(reference.kind, text)).ok_or_else(|| {
            invalid(format!(
                "spec.{}: there is no {} named {text:?}, nor one with that id",
                reference.path, reference.kind
            ))
        })
    }

    /// Where the document at hand finds records of `kind`.
    fn region_of(&self, kind: &str) -> RegionName {
        self.places.of_reference(self.services, kind, &self.cx.caller.region)
    }

    /// The record of a document applied now or earlier.
    fn known(&self, kind: &'static str, name: &str) -> Option<String> {
        let region = self.region_of(kind);
        if let Some(done) = self.done.get(&(region.clone(), kind, name.to_owned())) {
            return Some(done.clone());
        }
        let exists = declarative_kind(self.services, kind)?.declarative.as_ref()?.exists;
        let mut there = Reader::clone(self.cx);
        there.caller.region = region;
        Applied::target_of(kind, name, &there).filter(|id| exists(id, &there)).map(str::to_owned)
    }

    /// A record that was there before, by id or by its own unique name.
    fn existing(&self, kind: &str, text: &str) -> Option<String> {
        let entry = declarative_kind(self.services, kind)?.declarative.as_ref()?;
        if (entry.exists)(text, self.cx) { Some(text.to_owned()) } else { (entry.find)(text, self.cx) }
    }
}
