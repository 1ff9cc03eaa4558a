pub(crate) mod describe_instance_types;
