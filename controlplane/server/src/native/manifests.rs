//! Manifests at the native door: applying them as one write, changing one in an editor, and telling what they may say.

use super::error::{refused, write_failed};
use super::{NativeDoor, kind, rows};
use crate::regions;
use crate::registry;
use crate::writer::{Work, WriteError};
use controlplane_proto::api;
use controlplane_services_kernel::manifest::apply::{
    AppliedDocument, ApplyOutcome, apply as apply_all, edit as edit_one,
};
use controlplane_services_kernel::manifest::prune::{Pruned, prune};
use controlplane_services_kernel::manifest::{self, Deletion, Document, Selector};
use controlplane_services_kernel::{Caller, Context, Reader, ServiceError};
use controlplane_services_native::Region;
use controlplane_types::RegionName;
use controlplane_wire::model;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::Status;

/// Manifests beyond this are refused.
const MAX_MANIFEST_BYTES: usize = 4 << 20;
/// Set of the documents that name none.
const DEFAULT_SET: &str = "default";

/// Makes documents true and deletes what they name no longer, or does nothing.
pub(super) async fn apply(
    door: &NativeDoor,
    request: api::ApplyRequest,
) -> Result<api::ApplyResponse, Status> {
    if request.documents.len() > MAX_MANIFEST_BYTES {
        return Err(Status::invalid_argument(format!(
            "manifests may have {MAX_MANIFEST_BYTES} bytes in all"
        )));
    }
    let documents = manifest::parse(&request.documents).map_err(|error| refused(&error))?;
    let selector = selector(&request).map_err(|error| refused(&error))?;
    let set = if request.apply_set.is_empty() { DEFAULT_SET.to_owned() } else { request.apply_set };
    let results: Arc<Mutex<Vec<api::ApplyResult>>> = Arc::default();
    let kept = results.clone();
    let (dry_run, pruning, region) = (request.dry_run, request.prune, door.region.clone());
    // What is of no region is remembered in one place, whichever region the rest is for.
    let work = Work::new(door.home_caller(), move |cx| {
        regions::check_documents(&cx.view, &documents)?;
        let before = dry_run.then(|| Reader::clone(cx));
        let applied = apply_all(registry::SERVICES, documents, &set, &region, cx)?;
        let result = |document: &AppliedDocument| apply_result(document, before.as_ref(), cx);
        let mut results: Vec<_> = applied.iter().map(result).collect();
        if pruning {
            results.extend(
                prune_everywhere(&applied, &set, selector.as_ref(), cx).into_iter().map(prune_result),
            );
        }
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = results;
        if dry_run { Err(dry_run_succeeded()) } else { Ok(Box::new(()) as _) }
    });
    match door.core.writer.write(work).await {
        Err(WriteError::Service(error)) if dry_run && error == dry_run_succeeded() => {}
        other => drop(other.map_err(write_failed)?),
    }
    let results = std::mem::take(&mut *results.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(api::ApplyResponse { results })
}

/// A set holds what it named in any region.
fn prune_everywhere(
    applied: &[AppliedDocument],
    set: &str,
    selector: Option<&Selector>,
    cx: &mut Context,
) -> Vec<Pruned> {
    let regions: Vec<RegionName> = Region::all(&cx.view).iter().map(|region| region.name.clone()).collect();
    let mut pruned = Vec::new();
    for region in regions {
        let here = applied.iter().filter(|document| document.region == region);
        let named: Vec<_> = here.map(|document| (document.kind, document.name.as_str())).collect();
        let caller = Caller { region, ..cx.caller.clone() };
        let prune = |cx: &mut Context| prune(registry::SERVICES, &named, set, selector, cx);
        pruned.extend(cx.acting_as(caller, prune));
    }
    pruned
}

/// What a prune is confined to by tags. Nobody shall delete what others applied by leaving something out, so a prune has to
/// name a set, or a tag that records have.
fn selector(request: &api::ApplyRequest) -> Result<Option<Selector>, ServiceError> {
    let (named, text) = (!request.apply_set.is_empty(), request.selector.as_str());
    let selector = match text {
        "" => None,
        text => Some(Selector::parse(text).map_err(|error| manifest::invalid(format!("selector: {error}")))?),
    };
    if !request.prune && selector.is_some() {
        return Err(manifest::invalid("a selector says what to prune; without a prune it says nothing"));
    }
    let anything = selector.as_ref().is_none_or(|selector| selector.selects(None));
    match request.prune && !named && anything {
        false => Ok(selector),
        true if text.is_empty() => Err(manifest::invalid("a prune needs the name of a set, or tags")
            .with_hint("--apply-set NAME deletes what this set named before; -l KEY=VALUE what has the tag")),
        true => Err(manifest::invalid(format!("{text}: this selects records without any tags too"))
            .with_hint("name a tag that they have, or the set with --apply-set")),
    }
}

/// Changes one record as its manifest was changed in an editor.
pub(super) async fn edit(door: &NativeDoor, request: api::EditRequest) -> Result<api::EditResponse, Status> {
    if request.before.len().max(request.after.len()) > MAX_MANIFEST_BYTES {
        return Err(Status::invalid_argument(format!("a manifest may have {MAX_MANIFEST_BYTES} bytes")));
    }
    let (before, after) = (one_document(&request.before)?, one_document(&request.after)?);
    let id = rows::find(&door.reader().await?, kind(&request.kind)?, &request.name)?;
    let changed: Arc<Mutex<bool>> = Arc::default();
    let (kept, target) = (changed.clone(), id.clone());
    let work = Work::new(door.caller(), move |cx| {
        let changed = edit_one(registry::SERVICES, &target, before, after, cx)?;
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = changed;
        Ok(Box::new(()) as _)
    });
    door.core.writer.write(work).await.map_err(write_failed)?;
    let changed = *changed.lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = if changed { "configured" } else { "unchanged" };
    Ok(api::EditResponse { id, outcome: outcome.to_owned() })
}

fn one_document(text: &str) -> Result<Document, Status> {
    let documents = manifest::parse(text).map_err(|error| refused(&error))?;
    let [document] = <[Document; 1]>::try_from(documents).map_err(|documents| {
        refused(&manifest::invalid(format!(
            "one record is edited, so one document and not {}",
            documents.len()
        )))
    })?;
    Ok(document)
}

/// What a manifest of a kind may say.
pub(super) fn explain(request: &api::ExplainRequest) -> Result<api::ExplainResponse, Status> {
    let mut words = request.what.split('.').filter(|word| !word.is_empty());
    let kind = kind(words.next().unwrap_or_default())?;
    let mut path: Vec<&str> = words.collect();
    // As kubectl writes it.
    if path.first() == Some(&"spec") {
        path.remove(0);
    }
    let service = registry::service_of(kind);
    let version = match model::by_name(service).map(|model| model.api_version()) {
        Some(version) => format!("{service}/{version}"),
        None => service.to_owned(),
    };
    let text = manifest::explain::explain(kind, &version, &path, request.recursive);
    text.map(|text| api::ExplainResponse { text }).map_err(|error| refused(&error))
}

/// Ends a dry run on the writer: everything was checked on the newest records, nothing is kept.
fn dry_run_succeeded() -> ServiceError {
    ServiceError::new("DryRunOperation", 412, "the manifests could be applied; nothing was changed")
}

/// What became of a document; in a dry run, with the record before and `after` it.
fn apply_result(document: &AppliedDocument, before: Option<&Reader>, after: &Reader) -> api::ApplyResult {
    let object = |reader: &Reader, name: &str| {
        let mut there = reader.clone();
        there.caller.region = document.region.clone();
        let rows = kind(document.kind).and_then(|kind| rows::list(&there, kind, name));
        rows.ok().and_then(|rows| rows.into_iter().next()).map(|row| row.json).unwrap_or_default()
    };
    let (before, after) = match before {
        // Another record may have the name of a new one.
        Some(_) if document.outcome == ApplyOutcome::Created => (String::new(), object(after, &document.id)),
        Some(before) => (object(before, &document.name), object(after, &document.id)),
        None => Default::default(),
    };
    let outcome = match document.outcome {
        ApplyOutcome::Created => "created",
        ApplyOutcome::Configured => "configured",
        ApplyOutcome::Unchanged => "unchanged",
    };
    api::ApplyResult {
        kind: document.kind.to_owned(),
        name: document.name.clone(),
        id: document.id.clone(),
        outcome: outcome.to_owned(),
        before,
        after,
        reason: String::new(),
    }
}

/// What became of a record that the set no longer names.
fn prune_result(pruned: Pruned) -> api::ApplyResult {
    let (outcome, reason) = match pruned.outcome {
        Ok(Deletion::Done) => ("deleted", String::new()),
        Ok(Deletion::Begun) => ("deleting", String::new()),
        Err(reason) => ("kept", reason),
    };
    api::ApplyResult {
        kind: pruned.kind,
        name: pruned.name,
        id: pruned.id,
        outcome: outcome.to_owned(),
        reason,
        ..api::ApplyResult::default()
    }
}
