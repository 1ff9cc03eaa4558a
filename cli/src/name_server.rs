//! Name servers as flags have them.

use agent::resolver::PORT;
use std::net::{IpAddr, SocketAddr};

/// An address, with the port of DNS if none is given.
pub(crate) fn name_server(text: &str) -> Result<SocketAddr, &'static str> {
    let bare = || text.parse().ok().map(|address: IpAddr| SocketAddr::new(address, PORT));
    let server: Option<SocketAddr> = text.parse().ok().or_else(bare);
    let server = server.filter(|server| server.port() != 0);
    server.ok_or("it must be ADDRESS or ADDRESS:PORT, IPv6 with a port in brackets")
}

#[cfg(test)]
mod tests {
    use super::name_server;

    #[test]
    fn a_name_server_is_an_address_with_or_without_a_port() {
        for (text, expected) in [
            ("192.0.2.1", Some("192.0.2.1:53")),
            ("192.0.2.1:5353", Some("192.0.2.1:5353")),
            ("2001:db8::1", Some("[2001:db8::1]:53")),
            ("[2001:db8::1]:5353", Some("[2001:db8::1]:5353")),
            ("192.0.2.1:0", None),
            ("192.0.2.1:", None),
            ("dns.example", None),
        ] {
            assert_eq!(name_server(text).ok(), expected.map(|text| text.parse().unwrap()), "{text}");
        }
    }
}
