//! The region's own images exist. Run at every start of a leader; only the first writes. Not an AWS action.

use crate::image::types::{Image, Source, system_key};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// The image `hearth/web` in every region, so that documents can name it.
pub const BUILTIN_WEB_ID: &str = "ami-00000000000000001";

/// Nothing to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProvideBuiltinImagesInput {}

/// See the module.
pub struct ProvideBuiltinImages;

impl Operation for ProvideBuiltinImages {
    const NAME: &'static str = "ProvideBuiltinImages";
    type Input = ProvideBuiltinImagesInput;
    type Output = ();

    fn run(_: &ProvideBuiltinImagesInput, cx: &mut Context) -> Result<(), ServiceError> {
        let key = system_key(BUILTIN_WEB_ID, cx);
        if cx.view.get::<Image>(&key).is_some() {
            return Ok(());
        }
        let image = Image {
            name: "hearth/web".to_owned(),
            description: "A small web server that answers its instance id".to_owned(),
            source: Source::Builtin("web".to_owned()),
            command: Vec::new(),
            environment: Vec::new(),
            working_directory: String::new(),
            size_bytes: 0,
            created_at: cx.now,
            deregistered: false,
            launch_permissions: Vec::new(),
        };
        cx.put_at(key, image);
        Ok(())
    }
}
