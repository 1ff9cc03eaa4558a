pub(crate) mod create_key_pair;
pub(crate) mod delete_key_pair;
pub(crate) mod describe_key_pairs;
pub(crate) mod import_key_pair;
