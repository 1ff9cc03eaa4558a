pub(super) mod declare_server;
