pub(crate) mod describe_account_attributes;
