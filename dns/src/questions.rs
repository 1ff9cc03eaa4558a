//! What the control plane wants to know of this server: about the process, about an answer, about a zone.
//!
//! Answered between two messages of the feed, so from zones that are held; queries are answered meanwhile.

use crate::answer::{self, Asked, LookUp, Transport, draw, explain};
use crate::compile::Snapshot;
use crate::keeper::Keeper;
use crate::random::Random;
use controlplane_proto::debug::{InspectRequest, InspectResponse};
use controlplane_proto::dns::answer::Said;
use controlplane_proto::dns::question::About;
use controlplane_proto::dns::{self as proto, DrawZone};
use controlplane_telemetry::process;
use controlplane_types::dns::{Name, RecordType};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// What is said to a question.
pub(crate) fn answer(keeper: &Keeper, about: Option<About>) -> Said {
    let said = match about {
        Some(About::Inspect(request)) => inspect(&request).map(Said::Inspected),
        Some(About::LookUp(wanted)) => look_up(keeper, &wanted).map(Said::LookedUp),
        Some(About::DrawZone(DrawZone { zone_id })) => draw_zone(keeper, &zone_id).map(Said::Drawn),
        None => Err("the question is not known here".to_owned()),
    };
    said.unwrap_or_else(Said::Refused)
}

fn inspect(request: &InspectRequest) -> Result<InspectResponse, String> {
    let seen = process::inspect(&request.levels, request.whole).map_err(|error| error.to_string())?;
    Ok(InspectResponse {
        version: process::VERSION.to_owned(),
        levels: seen.levels,
        configuration: seen.configuration,
        metrics: seen.metrics,
        logs: seen.logs,
    })
}

/// The explanation shows the choices the answer was made by: both are given the same draws.
fn look_up(keeper: &Keeper, wanted: &proto::LookUp) -> Result<proto::LookedUp, String> {
    let name = Name::parse(&wanted.name).map_err(|error| format!("name: {error}"))?;
    let kind = RecordType::parse(&wanted.r#type).ok_or("type: not known")?;
    let peer = wanted.peer.parse().map_err(|error| format!("peer: {error}"))?;
    let subnet: Option<IpNet> = match wanted.subnet.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|error| format!("subnet: {error}"))?),
    };
    let snapshot = seen(keeper, &wanted.zone_id)?;
    let query = LookUp { name: &name, kind, peer, subnet };
    let random = Random::new(keeper.random());
    let found = answer::look_up(&snapshot, &query, &random);
    let explanation = wanted.explain.then(|| {
        let checks = keeper.check_ids();
        let asked = Asked { name: &name, kind, client: query.client() };
        explain(&snapshot, &asked, &mut random.clone(), &named(&checks)).to_string()
    });
    let transport = match found.transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
    };
    Ok(proto::LookedUp {
        rcode: found.rcode.to_owned(),
        data: found.data,
        transport: transport.to_owned(),
        explanation: explanation.unwrap_or_default(),
    })
}

fn draw_zone(keeper: &Keeper, zone_id: &str) -> Result<String, String> {
    let snapshot = seen(keeper, zone_id)?;
    let zone = snapshot.only().ok_or("no zone was named")?;
    draw(&snapshot, zone, &named(&keeper.check_ids())).ok_or_else(|| "the tree is too large".to_owned())
}

fn seen(keeper: &Keeper, zone_id: &str) -> Result<Snapshot, String> {
    keeper.seen(zone_id).ok_or_else(|| format!("zone {zone_id} is not here"))
}

fn named(checks: &BTreeMap<u32, String>) -> impl Fn(u32) -> Option<String> {
    |slot| checks.get(&slot).cloned()
}
