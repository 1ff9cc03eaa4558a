//! Images: what an instance's root file system is and which process it starts.
//!
//! An image is *built in* (part of the program, no internet needed), *imported* (`hearth image import` puts an archive
//! into the server's store and runs [`ImportImage`]; the record holds its digest) or *pulled* (`hearth image pull` looks a
//! reference up in a registry and runs [`RegisterPulledImage`]; the record holds digests, and agents fetch them from the
//! registry themselves). A manifest may name a registry's digest too; what it is, agents then find out. The region has one image of its own,
//! `hearth/web`, which belongs to the system account and which every account sees as one of Amazon's. An account may give
//! images ids of its own choice by manifest, so that scripts which name a known AMI find something that runs.
//!
//! A deregistered image is not launched and not shown any more, but instances go on with it: its record stays,
//! marked, until the last of them is gone ([`forget_unused`]).
//!
//! An owner may let other accounts launch an image, or everybody ([`LaunchPermission`]).
//!
//! `RegisterImage` is absent: it makes images from snapshots of volumes, of which there are none.

mod columns;
mod manifest;
mod ops;
mod sharing;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use manifest::ImageSpec;
pub use ops::import_image::{ImportImage, ImportImageInput, ImportImageOutput};
pub use ops::provide_builtin_images::{BUILTIN_WEB_ID, ProvideBuiltinImages, ProvideBuiltinImagesInput};
pub use ops::register_pulled_image::{
    RegisterPulledImage, RegisterPulledImageInput, RegisterPulledImageOutput,
};
pub(crate) use ops::{
    deregister_image, describe_image_attribute, describe_images, modify_image_attribute,
    reset_image_attribute,
};
pub use sharing::LaunchPermission;
pub use types::{Image, Platform, RegistryImage, Source, find, forget_unused, launchable, of_instance};
