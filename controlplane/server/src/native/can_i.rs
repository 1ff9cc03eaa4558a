//! May he? Asked of policies on behalf of somebody else, before he tries it.

use super::NativeDoor;
use super::error::refused;
use controlplane_proto::api;
use controlplane_services_iam::simulate;
use tonic::Status;

pub(super) async fn serve(door: &NativeDoor, request: api::CanIRequest) -> Result<api::CanIResponse, Status> {
    if request.principal.is_empty() {
        let because = "whoever comes in by certificate is an administrator".to_owned();
        return Ok(api::CanIResponse { allowed: true, because });
    }
    let reader = door.reader().await?;
    let answer = simulate::may(&request.principal, &request.action, &request.resource, &reader);
    let answer = answer.map_err(|error| refused(&error))?;
    Ok(api::CanIResponse { allowed: answer.is_allowed(), because: answer.because() })
}
