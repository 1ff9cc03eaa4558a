pub(crate) mod deregister_image;
pub(crate) mod describe_image_attribute;
pub(crate) mod describe_images;
pub(super) mod import_image;
pub(crate) mod modify_image_attribute;
pub(super) mod provide_builtin_images;
pub(super) mod register_pulled_image;
pub(crate) mod reset_image_attribute;
