//! `hearth image import`: the archive is in the server's store, the record says what it is. Not an AWS action.

use crate::errors;
use crate::image::types::{Image, Source};
use crate::image::validate;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// What was read from the archive.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportImageInput {
    /// Unique in the account.
    pub name: String,
    /// For people.
    pub description: String,
    /// `sha256:...` of the archive.
    pub digest: String,
    /// First process and its arguments.
    pub command: Vec<String>,
    /// `KEY=value`.
    pub environment: Vec<String>,
    /// Where the first process starts.
    pub working_directory: String,
    /// Length of the archive.
    pub size_bytes: u64,
}

/// The image.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportImageOutput {
    /// `ami-...`
    pub image_id: String,
}

/// See the module. Importing the same archive under the same name again gives the same image.
pub struct ImportImage;

impl Operation for ImportImage {
    const NAME: &'static str = "ImportImage";
    type Input = ImportImageInput;
    type Output = ImportImageOutput;

    fn run(input: &ImportImageInput, cx: &mut Context) -> Result<ImportImageOutput, ServiceError> {
        let Source::Import(digest) = validate::source(&input.digest)? else {
            return Err(errors::image_source(&input.digest));
        };
        if let Some(image_id) = same(input, cx) {
            return Ok(ImportImageOutput { image_id });
        }
        validate::new_name(&input.name, cx)?;
        validate::description(&input.description)?;
        if input.command.is_empty() {
            return Err(errors::image_without_command(&input.name));
        }
        let image_id = cx.new_id(errors::IMAGE.prefix);
        let image = image(input, digest, cx);
        cx.put(&image_id, image);
        cx.event(Image::KIND, &image_id, "Imported", format!("{} from {}", input.name, input.digest));
        Ok(ImportImageOutput { image_id })
    }
}

fn same(input: &ImportImageInput, cx: &Context) -> Option<String> {
    let same = |image: &Image| {
        image.name == input.name && image.source.to_text() == input.digest && image.command == input.command
    };
    let found = cx.list::<Image>().find(|image| same(image) && !image.deregistered)?;
    Some(found.key.id().to_owned())
}

fn image(input: &ImportImageInput, digest: String, cx: &Context) -> Image {
    Image {
        name: input.name.clone(),
        description: input.description.clone(),
        source: Source::Import(digest),
        command: input.command.clone(),
        environment: input.environment.clone(),
        working_directory: input.working_directory.clone(),
        size_bytes: input.size_bytes,
        created_at: cx.now,
        deregistered: false,
        launch_permissions: Vec::new(),
    }
}
