pub(crate) mod deregister_image;
pub(crate) mod describe_images;
pub(super) mod import_image;
pub(super) mod provide_builtin_images;
pub(super) mod register_pulled_image;
