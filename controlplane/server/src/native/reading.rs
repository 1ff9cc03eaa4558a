//! What is there: kinds, rows, one record with its events, and what AWS clients need.

use super::error::{not_found, read_failed, throttled};
use super::{NativeDoor, kind, rows};
use crate::gateway::AwsLink;
use crate::reads::Ask;
use crate::registry;
use controlplane_proto::api;
use controlplane_services_kernel::{KindEntry, Service};
use controlplane_services_native::AccessKey;
use tonic::Status;

pub(super) fn kinds() -> api::KindsResponse {
    let kinds = registry::SERVICES
        .iter()
        .flat_map(|service| service.kinds.iter().filter_map(move |kind| told(service, kind)));
    api::KindsResponse { kinds: kinds.collect() }
}

/// A kind that people see.
fn told(service: &Service, kind: &KindEntry) -> Option<api::Kind> {
    let table = kind.table.as_ref()?;
    Some(api::Kind {
        name: kind.name.to_owned(),
        plural: table.plural.to_owned(),
        short_names: table.short_names.iter().map(|name| (*name).to_owned()).collect(),
        service: service.name.to_owned(),
        declarative: kind.declarative.is_some(),
    })
}

pub(super) async fn get(door: &NativeDoor, request: api::GetRequest) -> Result<api::GetResponse, Status> {
    let kind = kind(&request.kind)?;
    let session = match request.session.as_str() {
        "" => None,
        text => Some(text.parse().map_err(read_failed)?),
    };
    let caller = door.caller();
    let _pass = door.core.reads.admit(&caller).await.map_err(throttled)?;
    let seen = door.see(Ask { stale: request.stale, session }).await?;
    let rows = match request.all_accounts {
        true => rows::list_everywhere(&seen.reader, kind, &request.name)?,
        false => rows::list(&seen.reader, kind, &request.name)?,
    };
    Ok(api::GetResponse {
        columns: rows::columns(kind),
        rows,
        session: seen.session.to_string(),
        max_age_ms: seen.age.map_or(0, |age| age.as_millis() as u64),
    })
}

pub(super) async fn describe(
    door: &NativeDoor,
    request: api::DescribeRequest,
) -> Result<api::DescribeResponse, Status> {
    let kind = kind(&request.kind)?;
    let reader = door.reader().await?;
    let id = rows::find(&reader, kind, &request.name)?;
    let text = rows::describe(&reader, kind, &id).ok_or_else(|| not_found(kind.name, &request.name))?;
    Ok(api::DescribeResponse { text })
}

pub(super) async fn environment(door: &NativeDoor) -> Result<api::EnvironmentResponse, Status> {
    let reader = door.reader().await?;
    let (access_key_id, key) = AccessKey::of_account(&reader.view, &door.account)
        .ok_or_else(|| Status::unavailable("the region has not finished its first start"))?;
    Ok(api::EnvironmentResponse {
        endpoint_url: format!("{}://{}", door.aws_link.scheme(), door.aws_address),
        cluster_authority: door.aws_link == AwsLink::ClusterAuthority,
        region: door.region.to_string(),
        account_id: door.account.to_string(),
        access_key_id: access_key_id.to_owned(),
        secret_access_key: key.secret.clone(),
    })
}
