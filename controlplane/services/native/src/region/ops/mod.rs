pub(super) mod declare_region;
