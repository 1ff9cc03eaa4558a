pub(crate) mod describe_availability_zones;
pub(crate) mod describe_regions;
