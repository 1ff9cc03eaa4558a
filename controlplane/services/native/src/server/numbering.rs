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
    let number = last(cx) + 1;
    put(number, name, grpc_address, aws_address, cx)?;
    Ok(number)
}

/// Writes down a server with its number, if that says anything new.
pub(super) fn put(
    number: u64,
    name: &str,
    grpc_address: &str,
    aws_address: &str,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(errors::invalid_field("name", name, "1 to 253 plain characters"));
    }
    address("address", grpc_address)?;
    if !aws_address.is_empty() {
        address("aws_address", aws_address)?;
    }
    let region = cx.caller.region.clone();
    let key = Server::key(&region, number);
    let before = cx.view.get::<Server>(&key).cloned();
    let server = Server {
        number,
        name: name.to_owned(),
        grpc_address: grpc_address.to_owned(),
        aws_address: aws_address.to_owned(),
        joined_at: before.as_ref().map_or(cx.now, |before| before.joined_at),
    };
    if before.as_ref() != Some(&server) {
        cx.event(Server::KIND, &Server::id(number), "Declared", format!("{name} at {grpc_address}"));
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
