//! What records are told to do: the verbs of their kind, carried out by the writer for all that are named or for none, and to
//! go.

use super::error::{refused, write_failed};
use super::{NativeDoor, kind, rows};
use crate::writer::Work;
use controlplane_proto::api::{ActRequest, ActResponse, ActResult, DeleteRequest, DeleteResponse};
use controlplane_services_kernel::manifest::{self, Deletion};
use controlplane_services_kernel::{KindEntry, ServiceError, Verb};
use std::sync::{Arc, Mutex, PoisonError};
use tonic::Status;

/// The most records of one call.
const MOST: usize = 1000;

pub(super) async fn serve(door: &NativeDoor, request: ActRequest) -> Result<ActResponse, Status> {
    let kind = kind(&request.kind)?;
    let verb = verb(kind, &request.verb)?;
    if request.names.is_empty() || request.names.len() > MOST {
        return Err(Status::invalid_argument(format!("names: between 1 and {MOST} are told at once")));
    }
    let reader = door.reader().await?;
    let ids = request.names.iter().map(|name| rows::find(&reader, kind, name));
    let ids = ids.collect::<Result<Vec<String>, Status>>()?;
    let results: Arc<Mutex<Vec<ActResult>>> = Arc::default();
    let kept = results.clone();
    let work = Work::new(door.caller(), move |cx| {
        let acted = ids.iter().map(|id| {
            let outcome = (verb.act)(id, cx)?.to_owned();
            Ok(ActResult { id: id.clone(), outcome })
        });
        let acted = acted.collect::<Result<Vec<_>, ServiceError>>()?;
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = acted;
        Ok(Box::new(()) as _)
    });
    door.core.writer.write(work).await.map_err(write_failed)?;
    let results = std::mem::take(&mut *results.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(ActResponse { results })
}

pub(super) async fn delete(door: &NativeDoor, request: DeleteRequest) -> Result<DeleteResponse, Status> {
    let kind = kind(&request.kind)?;
    let delete = kind.delete.ok_or_else(|| {
        let message = format!("{} cannot be deleted by hand", kind.name);
        refused(&ServiceError::new("NotDeletable", 400, message))
    })?;
    let id = rows::find(&door.reader().await?, kind, &request.name)?;
    let outcome: Arc<Mutex<Deletion>> = Arc::new(Mutex::new(Deletion::Done));
    let (kept, target) = (outcome.clone(), id.clone());
    let caller = if kind.everywhere { door.home_caller() } else { door.caller() };
    let work = Work::new(caller, move |cx| {
        let deletion = delete(&target, cx)?;
        manifest::forget(kind.name, &target, cx);
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = deletion;
        Ok(Box::new(()) as _)
    });
    door.core.writer.write(work).await.map_err(write_failed)?;
    let outcome = match *outcome.lock().unwrap_or_else(PoisonError::into_inner) {
        Deletion::Done => "deleted",
        Deletion::Begun => "deleting",
    };
    Ok(DeleteResponse { id, outcome: outcome.to_owned() })
}

fn verb(kind: &'static KindEntry, name: &str) -> Result<&'static Verb, Status> {
    kind.verbs.iter().find(|verb| verb.name == name).ok_or_else(|| {
        let message = format!("{} cannot be told to {name:?}", kind.name);
        refused(&ServiceError::new("UnknownVerb", 400, message))
    })
}
