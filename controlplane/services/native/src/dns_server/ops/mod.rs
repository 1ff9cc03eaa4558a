pub(super) mod register_dns_server;
