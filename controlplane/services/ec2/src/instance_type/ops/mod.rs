pub(crate) mod describe_instance_type_offerings;
pub(crate) mod describe_instance_types;
