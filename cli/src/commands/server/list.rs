use crate::client::Target;
use crate::error::CliError;
use crate::output::{self, Format};
use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use controlplane_proto::api::{Column, MemberSeen, Row, Server, ServersRequest};
use serde_json::json;

/// Show the servers of the cluster
///
/// Each is asked for itself: one that does not answer within a second is listed without what only it knows. MATCHED is the
/// newest entry of the log on its disk and LAG how many it lacks; CLOCK is its time minus the leader's. Only the leader
/// knows these.
///
/// Example: hearth server list
#[derive(Args, Debug)]
pub(crate) struct List {
    #[arg(short, long, default_value = "table", help = Format::HELP, add = ArgValueCandidates::new(Format::candidates))]
    output: Format,
}

impl List {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let servers = target.connect().await?.servers(ServersRequest {}).await?.into_inner().servers;
        let names = [
            "NUMBER", "ADDRESS", "ROLE", "LEADER", "APPLIED", "MATCHED", "LAG", "CLOCK", "ANSWERED",
            "VERSION",
        ];
        let columns: Vec<Column> =
            names.iter().map(|name| Column { name: (*name).to_owned(), wide: false }).collect();
        let rows: Vec<Row> = servers.iter().map(row).collect();
        output::print(&columns, &rows, &self.output, false)
    }
}

fn row(server: &Server) -> Row {
    let role = server.role().as_str_name().to_lowercase();
    let known = |text: String| if server.reachable { text } else { String::new() };
    let answered = match server.reachable {
        true => format!("in {} ms", server.answered_in_ms),
        false => "no".to_owned(),
    };
    Row {
        id: server.number.to_string(),
        name: server.number.to_string(),
        kind: "server".to_owned(),
        cells: vec![
            server.number.to_string(),
            server.address.clone(),
            role.clone(),
            if server.leader { "yes" } else { "" }.to_owned(),
            known(server.applied_index.to_string()),
            seen(server, |seen| seen.matched_index.map(|index| index.to_string())),
            seen(server, |seen| Some(seen.lag.to_string())),
            seen(server, |seen| seen.clock_offset_ms.map(|offset| clock(offset, seen.clock_wrong))),
            answered,
            known(server.version.clone()),
        ],
        json: json!({
            "number": server.number, "address": server.address, "role": role, "leader": server.leader,
            "reachable": server.reachable, "appliedIndex": server.applied_index,
            "answeredInMs": server.answered_in_ms, "version": server.version,
            "matchedIndex": server.seen.as_ref().and_then(|seen| seen.matched_index),
            "lag": server.seen.as_ref().map(|seen| seen.lag),
            "clockOffsetMs": server.seen.as_ref().and_then(|seen| seen.clock_offset_ms),
            "clockWrong": server.seen.as_ref().map(|seen| seen.clock_wrong),
        })
        .to_string(),
    }
}

fn seen(server: &Server, show: impl Fn(&MemberSeen) -> Option<String>) -> String {
    server.seen.as_ref().and_then(show).unwrap_or_default()
}

fn clock(offset: i64, wrong: bool) -> String {
    let mark = if wrong { " WRONG" } else { "" };
    format!("{offset:+} ms{mark}")
}
