//! `hearth image pull`: a reference was resolved to digests, the record says to which. Not an AWS action.
//!
//! The registry is not asked here: an operation knows no network, and a tag looked up twice could mean two things.

use crate::errors;
use crate::image::types::{Image, Platform, RegistryImage, Source};
use crate::image::validate;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// What a registry said.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegisterPulledImageInput {
    /// Unique in the account.
    pub name: String,
    /// For people.
    pub description: String,
    /// With the digest that it led to: `docker.io/library/nginx:1.27@sha256:...`
    pub reference: String,
    /// What it is for each architecture; at least one.
    pub platforms: Vec<Platform>,
}

/// The image.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegisterPulledImageOutput {
    /// `ami-...`
    pub image_id: String,
}

/// See the module. Pulling the same digest under the same name again gives the same image.
pub struct RegisterPulledImage;

impl Operation for RegisterPulledImage {
    const NAME: &'static str = "RegisterPulledImage";
    type Input = RegisterPulledImageInput;
    type Output = RegisterPulledImageOutput;

    fn run(
        input: &RegisterPulledImageInput,
        cx: &mut Context,
    ) -> Result<RegisterPulledImageOutput, ServiceError> {
        let Source::Registry(found) = validate::source(&input.reference)? else {
            return Err(errors::image_source(&input.reference));
        };
        validate::platforms(&input.platforms)?;
        let source = Source::Registry(RegistryImage { platforms: input.platforms.clone(), ..found });
        if let Some(image_id) = same(&input.name, &source, cx) {
            return Ok(RegisterPulledImageOutput { image_id });
        }
        validate::new_name(&input.name, cx).map_err(|error| {
            error.with_hint(
                "give another name with --name, or end the image of this name with `hearth delete image`",
            )
        })?;
        validate::description(&input.description)?;
        let image_id = cx.new_id(errors::IMAGE.prefix);
        cx.put(&image_id, image(input, source, cx));
        cx.event(Image::KIND, &image_id, "Pulled", format!("{} from {}", input.name, input.reference));
        Ok(RegisterPulledImageOutput { image_id })
    }
}

fn same(name: &str, source: &Source, cx: &Context) -> Option<String> {
    let mut images = cx.list::<Image>().filter(|image| !image.deregistered);
    let found = images.find(|image| image.name == name && image.source == *source)?;
    Some(found.key.id().to_owned())
}

fn image(input: &RegisterPulledImageInput, source: Source, cx: &Context) -> Image {
    Image {
        name: input.name.clone(),
        description: input.description.clone(),
        source,
        command: Vec::new(),
        environment: Vec::new(),
        working_directory: String::new(),
        size_bytes: input.platforms.iter().map(|platform| platform.size_bytes).max().unwrap_or_default(),
        created_at: cx.now,
        deregistered: false,
        launch_permissions: Vec::new(),
    }
}
