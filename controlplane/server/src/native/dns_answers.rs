//! What DNS servers answer, and why: asked of one that is connected, because health and places are known there.

use super::error::refused;
use super::{NativeDoor, kind, rows};
use crate::dns_feed::AskError;
use controlplane_proto::{api, dns};
use controlplane_services_kernel::{Record, ServiceError};
use controlplane_services_route53::{HostedZone, RecordSet};
use std::net::IpAddr;
use tonic::Status;

/// Who asks, if nobody else is said to: the DNS server itself.
const ITSELF: &str = "127.0.0.1";

pub(super) async fn draw(door: &NativeDoor, request: api::DrawRequest) -> Result<api::DrawResponse, Status> {
    let kind = kind(&request.kind)?;
    if kind.name != RecordSet::KIND {
        let error =
            ServiceError::new("NotDrawable", 400, format!("there is no tree of {} records", kind.name));
        return Err(refused(&error.with_hint("record sets of a hosted zone have one")));
    }
    let zone_id = zone(door, &request.holder).await?;
    let drawn = door.core.dns_feed.draw_zone(&zone_id).await;
    drawn.map(|(_, text)| api::DrawResponse { text }).map_err(not_asked)
}

pub(super) async fn explain(
    door: &NativeDoor,
    request: api::ExplainAnswerRequest,
) -> Result<api::ExplainAnswerResponse, Status> {
    let zone_id = match request.zone.as_str() {
        "" => String::new(),
        named => zone(door, named).await?,
    };
    let (peer, subnet) = client(&request.client)?;
    let look_up = dns::LookUp {
        zone_id,
        name: request.name,
        r#type: request.r#type.to_ascii_uppercase(),
        peer,
        subnet,
        explain: true,
    };
    let (server, found) = door.core.dns_feed.look_up(look_up).await.map_err(not_asked)?;
    Ok(api::ExplainAnswerResponse {
        server,
        explanation: found.explanation,
        rcode: found.rcode,
        data: found.data,
        transport: found.transport,
    })
}

/// Sender and client subnet of a query: a network is sent along, an address asks by itself.
#[allow(clippy::result_large_err)]
fn client(text: &str) -> Result<(String, String), Status> {
    if text.is_empty() {
        return Ok((ITSELF.to_owned(), String::new()));
    }
    if text.parse::<IpAddr>().is_ok() {
        return Ok((text.to_owned(), String::new()));
    }
    let network = text.split_once('/').and_then(|(address, length)| {
        let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u8>().ok()?);
        (length <= if address.is_ipv4() { 32 } else { 128 }).then(|| text.to_owned())
    });
    let network = network.ok_or_else(|| {
        Status::invalid_argument(format!("client: {text} is neither an address nor ADDRESS/LENGTH"))
    })?;
    Ok((ITSELF.to_owned(), network))
}

/// Id of a zone, by name or id.
async fn zone(door: &NativeDoor, named: &str) -> Result<String, Status> {
    rows::find(&door.reader().await?, kind(HostedZone::KIND)?, named.trim_end_matches('.'))
}

fn not_asked(error: AskError) -> Status {
    match error {
        AskError::Full => Status::resource_exhausted(error.to_string()),
        AskError::Refused { .. } => Status::invalid_argument(error.to_string()),
        AskError::Nobody | AskError::NotConnected(_) | AskError::Silent(_) => {
            Status::failed_precondition(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_address_or_a_network() {
        let read = |text: &str| client(text).ok();
        let pair = |peer: &str, subnet: &str| Some((peer.to_owned(), subnet.to_owned()));
        assert_eq!(read(""), pair("127.0.0.1", ""));
        assert_eq!(read("192.0.2.1"), pair("192.0.2.1", ""));
        assert_eq!(read("192.0.2.0/24"), pair("127.0.0.1", "192.0.2.0/24"));
        assert_eq!(read("2001:db8::/56"), pair("127.0.0.1", "2001:db8::/56"));
        for text in ["here", "192.0.2.0/33", "2001:db8::/129", "192.0.2/24", "192.0.2.0/"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
