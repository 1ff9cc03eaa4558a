//! Noting an image of a registry. Whoever calls has asked the registry: credentials of a person need not come here for
//! it, and the servers need no way out of their network (`controlplane/design/0033`).

use super::NativeDoor;
use super::error::write_failed;
use crate::writer::Work;
use controlplane_proto::api;
use controlplane_services_ec2::image::{Platform, RegisterPulledImage, RegisterPulledImageInput};
use controlplane_services_kernel::Operation;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::Status;

pub(super) async fn serve(
    door: &NativeDoor,
    request: api::RegisterPulledImageRequest,
) -> Result<api::RegisterPulledImageResponse, Status> {
    let input = RegisterPulledImageInput {
        name: request.name,
        description: request.description,
        reference: request.reference,
        platforms: request.platforms.into_iter().map(platform).collect(),
    };
    let image_id: Arc<Mutex<String>> = Arc::default();
    let kept = image_id.clone();
    let work = Work::new(door.caller(), move |cx| {
        let output = RegisterPulledImage::run(&input, cx)?;
        output.image_id.clone_into(&mut kept.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Box::new(output) as _)
    });
    door.core.writer.write(work).await.map_err(write_failed)?;
    let image_id = std::mem::take(&mut *image_id.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(api::RegisterPulledImageResponse { image_id })
}

fn platform(platform: api::PulledPlatform) -> Platform {
    Platform {
        architecture: platform.architecture,
        digest: platform.digest,
        size_bytes: platform.size_bytes,
        command: platform.command,
        environment: platform.environment,
        working_directory: platform.working_directory,
        user: platform.user,
    }
}
