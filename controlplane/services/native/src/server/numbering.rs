//! Giving numbers to servers.

use super::{Numbering, Server};
use crate::errors;
use controlplane_services_kernel::{Context, Record, ServiceError};

/// `HOST:PORT` fits.
const MAX_ADDRESS: usize = 300;
const MAX_NAME: usize = 253;

/// Lets a new server in; its number.
pub(crate) fn admit(
    name: &str,
    grpc_address: &str,
    aws_address: &str,
    cx: &mut Context,
) -> Result<u64, ServiceError> {
    let server = Server {
        number: last(cx) + 1,
        name: name.to_owned(),
        grpc_address: grpc_address.to_owned(),
        aws_address: aws_address.to_owned(),
        joined_at: cx.now,
        entered: None,
        clock_off_ms: None,
        votes: false,
    };
    let number = server.number;
    put(server, cx)?;
    Ok(number)
}

/// Writes down a server with its number, if that says anything new.
pub(super) fn put(server: Server, cx: &mut Context) -> Result<(), ServiceError> {
    let name = server.name.as_str();
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(errors::invalid_field("name", name, "1 to 253 plain characters"));
    }
    address("address", &server.grpc_address)?;
    if !server.aws_address.is_empty() {
        address("aws_address", &server.aws_address)?;
    }
    let region = cx.caller.region.clone();
    let (number, key) = (server.number, Server::key(&region, server.number));
    if cx.view.get::<Server>(&key) != Some(&server) {
        let message = format!("{name} at {}", server.grpc_address);
        cx.event(Server::KIND, &Server::id(number), "Declared", message);
        cx.put_at(key, server);
    }
    if number > last(cx) {
        cx.put_at(Numbering::key(&region), Numbering { last: number });
    }
    Ok(())
}

fn last(cx: &Context) -> u64 {
    cx.view.get::<Numbering>(&Numbering::key(&cx.caller.region)).map_or(0, |numbering| numbering.last)
}

fn address(field: &str, text: &str) -> Result<(), ServiceError> {
    let port = text
        .rsplit_once(':')
        .and_then(|(host, port)| port.parse::<u16>().ok().filter(|port| *port != 0 && !host.is_empty()));
    let plain = text.chars().all(|c| c.is_ascii_graphic() && c != ',');
    if port.is_none() || text.len() > MAX_ADDRESS || !plain {
        return Err(errors::invalid_field(field, text, "HOST:PORT, as other servers reach it"));
    }
    Ok(())
}
