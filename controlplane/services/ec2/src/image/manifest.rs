//! A manifest gives an image a fixed id, so that templates and scripts which name a known AMI find one that runs.

use super::types::{Image, Source, deregister};
use super::validate;
use crate::errors;
use crate::resource::{check_id, require};
use crate::tag::{self, Tags};
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What instances start from: a root file system and the program to run in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageSpec {
    /// The id it shall have, `ami-` and hexadecimal digits, so that templates and scripts that name a known image find one
    /// that runs. Absent: a new id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// Name of the image, which no other image of the account has: 3 to 128 letters, digits and ` ()[]./-'@_:`. Absent: the
    /// document's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `builtin:web`, the digest (`sha256:...`) of an imported image, or an image in a registry by digest
    /// (`nginx@sha256:...`).
    pub source: String,
    /// A text for people, up to 255 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// First process and its arguments. Absent: what the source says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Declarative for Image {
    type Spec = ImageSpec;
    const IMMUTABLE: &'static [&'static str] = &["imageId", "name", "source", "command"];

    /// However it is written: `nginx@sha256:...` is `docker.io/library/nginx@sha256:...`.
    fn canonical(spec: ImageSpec) -> Result<ImageSpec, ServiceError> {
        Ok(ImageSpec { source: validate::source(&spec.source)?.to_text(), ..spec })
    }

    fn create(name: &str, spec: ImageSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let image = image(name, &spec, cx)?;
        validate::new_name(&image.name, cx)?;
        tag::check(&spec.tags)?;
        let id = spec.image_id.unwrap_or_else(|| cx.new_id(errors::IMAGE.prefix));
        check_id(&errors::IMAGE, &id)?;
        if cx.get::<Self>(&id).is_some() {
            return Err(errors::image_id_taken(&id));
        }
        cx.put(&id, image);
        tag::add(&errors::IMAGE, &id, &spec.tags, cx)?;
        Ok(id)
    }

    fn update(id: &str, live: ImageSpec, wanted: ImageSpec, cx: &mut Context) -> Result<(), ServiceError> {
        validate::description(&wanted.description)?;
        let image = Self { description: wanted.description, ..require::<Self>(id, cx)?.clone() };
        cx.put(id, image);
        tag::redeclare(&errors::IMAGE, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        require::<Self>(id, cx)?;
        deregister(id, cx);
        Ok(Deletion::Done)
    }

    /// By name, the account's own before the region's; and by id for the region's, which the account does not hold.
    fn find(name: &str, reader: &Reader) -> Option<String> {
        let regions = reader.view.list::<Self>(&SYSTEM_ACCOUNT.into(), &reader.scope::<Self>());
        let mut all = reader.list::<Self>().chain(regions).filter(|image| !image.deregistered);
        all.find(|image| image.name == name || image.key.id() == name).map(|image| image.key.id().to_owned())
    }
}

/// The record; what an imported archive says of itself is taken from the image it was imported as, and what is known of
/// one in a registry from the image it was pulled as.
fn image(name: &str, spec: &ImageSpec, cx: &Reader) -> Result<Image, ServiceError> {
    validate::description(&spec.description)?;
    let source = validate::source(&spec.source)?;
    let model = cx.list::<Image>().find(|image| image.source.is(&source)).map(|image| image.record.clone());
    let model = match &source {
        Source::Builtin(_) => None,
        Source::Import(_) => Some(model.ok_or_else(|| errors::archive_not_imported(&spec.source))?),
        Source::Registry(_) => model,
    };
    let command =
        if spec.command.is_empty() { model.as_ref().map(|model| model.command.clone()) } else { None };
    Ok(Image {
        name: spec.name.clone().unwrap_or_else(|| name.to_owned()),
        description: spec.description.clone(),
        source: model.as_ref().map(|model| model.source.clone()).unwrap_or(source),
        command: command.unwrap_or_else(|| spec.command.clone()),
        environment: model.as_ref().map(|model| model.environment.clone()).unwrap_or_default(),
        working_directory: model.as_ref().map(|model| model.working_directory.clone()).unwrap_or_default(),
        size_bytes: model.map(|model| model.size_bytes).unwrap_or_default(),
        created_at: cx.now,
        deregistered: false,
        launch_permissions: Vec::new(),
    })
}
