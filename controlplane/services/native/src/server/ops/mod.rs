pub(super) mod declare_server;
pub(super) mod enter_server;
pub(super) mod note_clocks;
pub(super) mod note_votes;
pub(super) mod release_vote;
pub(super) mod remove_server;
