pub(super) mod forget_expired;
