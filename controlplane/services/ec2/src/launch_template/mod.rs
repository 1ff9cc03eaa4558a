//! Launch templates: named, numbered sets of what `RunInstances` takes.
//!
//! A template is one record with the numbers that move (default, latest), and one record per version, which never
//! changes. A number is never given twice, also not after its version was deleted, so whoever holds a number holds the
//! same data for ever.
//!
//! What a version holds was checked for form when it was stored, not for whether things it names exist: that is found
//! out by each launch, since images and groups come and go.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html>

pub(crate) mod camel;
mod columns;
mod data;
mod manifest;
mod ops;
mod types;
mod validate;

#[cfg(test)]
pub(crate) mod tests;

pub use data::{InterfaceSpecification, LaunchTemplateData, MetadataOptionsRequest, PlacementSpecification};
pub use manifest::LaunchTemplateSpec;
pub(crate) use ops::{
    create_launch_template, create_launch_template_version, delete_launch_template,
    delete_launch_template_versions, describe_launch_template_versions, describe_launch_templates,
    modify_launch_template,
};
pub use types::{
    BY_NAME, LaunchTemplate, LaunchTemplateSpecification, LaunchTemplateVersion, Resolved, find_by_name,
    resolve, version,
};
pub(crate) use validate::{
    TAGGABLE, data as check_data, device_index, metadata_options as check_metadata_options,
};
