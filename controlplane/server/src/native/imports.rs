//! Taking in an image: the archive goes to this server's disk first, then the record is written.

use super::NativeDoor;
use super::error::write_failed;
use crate::images::{ImageError, Import};
use crate::writer::Work;
use controlplane_proto::api;
use controlplane_services_ec2::image::{ImportImage, ImportImageInput};
use controlplane_services_kernel::Operation;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::{Status, Streaming};

pub(super) async fn serve(
    door: &NativeDoor,
    mut chunks: Streaming<api::ImportImageChunk>,
) -> Result<api::ImportImageResponse, Status> {
    let first = chunks.message().await?.ok_or_else(|| Status::invalid_argument("nothing came"))?;
    let header =
        first.header.ok_or_else(|| Status::invalid_argument("the first message must carry the header"))?;
    let name = door.caller().request_id;
    let mut import = door.images.create(&name).await.map_err(status)?;
    if let Err(error) = receive(&mut import, first.data, &mut chunks).await {
        import.discard().await;
        return Err(error);
    }
    let size_bytes = import.bytes();
    let digest = import.finish().await.map_err(status)?;
    let input = ImportImageInput {
        name: header.name,
        description: header.description,
        digest,
        command: header.command,
        environment: header.environment,
        working_directory: header.working_directory,
        size_bytes,
    };
    let image_id: Arc<Mutex<String>> = Arc::default();
    let kept = image_id.clone();
    let work = Work::new(door.caller(), move |cx| {
        let output = ImportImage::run(&input, cx)?;
        output.image_id.clone_into(&mut kept.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Box::new(output) as _)
    });
    door.core.writer.write(work).await.map_err(write_failed)?;
    let image_id = std::mem::take(&mut *image_id.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(api::ImportImageResponse { image_id })
}

async fn receive(
    import: &mut Import,
    first: Vec<u8>,
    chunks: &mut Streaming<api::ImportImageChunk>,
) -> Result<(), Status> {
    import.write(&first).await.map_err(status)?;
    while let Some(chunk) = chunks.message().await? {
        import.write(&chunk.data).await.map_err(status)?;
    }
    Ok(())
}

fn status(error: ImageError) -> Status {
    match error {
        ImageError::TooLarge => Status::invalid_argument(error.to_string()),
        ImageError::Disk(_) => Status::resource_exhausted(error.to_string()),
        ImageError::NotADigest(_) | ImageError::Unknown(_) => Status::not_found(error.to_string()),
    }
}
