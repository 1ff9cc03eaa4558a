pub(crate) mod describe_vpc_endpoint_services;
