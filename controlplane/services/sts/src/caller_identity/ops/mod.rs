pub(crate) mod get_caller_identity;
