pub(crate) mod create_launch_template;
pub(crate) mod create_launch_template_version;
pub(crate) mod delete_launch_template;
pub(crate) mod delete_launch_template_versions;
pub(crate) mod describe_launch_template_versions;
pub(crate) mod describe_launch_templates;
pub(crate) mod modify_launch_template;
mod shown;

pub(crate) use shown::{ShownTemplate, ShownVersion};
