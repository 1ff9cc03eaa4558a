pub(super) mod create_join_token;
pub(super) mod redeem_join_token;
