//! The few calls that clients make.

use super::ledger::{ZONE, record_name, record_value, register_name};
use super::session::{Call, Failed, Session};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Most records of one answer.
const PAGE: &str = "300";

/// The zone of one writer: ten thousand record sets are a zone's limit. Each has a name of its own, because of zones of one
/// name DNS answers from one only.
pub(crate) fn create_zone(writer: &str) -> Call {
    Call::new("CreateHostedZone", json!({"Name": format!("{writer}.{ZONE}"), "CallerReference": writer}))
}

/// The zone's id in the answer.
pub(crate) fn zone_id(answer: &Value) -> String {
    answer["HostedZone"]["Id"].as_str().unwrap_or_default().trim_start_matches("/hostedzone/").to_owned()
}

/// Write `number` of `writer`. Without `register`, for writers with several writes under way, only the record.
pub(crate) fn write(zone: &str, writer: &str, number: u64, register: bool) -> Call {
    let created = change("CREATE", &record_name(writer, number), &record_value(writer, number));
    let set = change("UPSERT", &register_name(writer), &number.to_string());
    let changes = if register { vec![created, set] } else { vec![created] };
    Call::new("ChangeResourceRecordSets", json!({"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}}))
}

fn change(action: &str, name: &str, text: &str) -> Value {
    let records = json!([{"Value": format!("\"{text}\"")}]);
    let set = json!({"Name": name, "Type": "TXT", "TTL": 1, "ResourceRecords": records});
    json!({"Action": action, "ResourceRecordSet": set})
}

/// What `writer`'s register says on server `id`; 0 when there is none.
pub(crate) async fn read_register(
    session: &mut Session,
    id: u64,
    zone: &str,
    writer: &str,
    within: Duration,
) -> Result<u64, Failed> {
    let name = register_name(writer);
    let input = json!({
        "HostedZoneId": zone, "StartRecordName": name, "StartRecordType": "TXT", "MaxItems": "1",
    });
    let answer = session.attempt(id, &Call::new("ListResourceRecordSets", input), "read", within).await?;
    let found = texts(&answer);
    Ok(found.get(&name).and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// All records of the zone that hold text, as server `id` lists them.
pub(crate) async fn list(
    session: &mut Session,
    id: u64,
    zone: &str,
    within: Duration,
) -> Result<BTreeMap<String, String>, Failed> {
    let mut found = BTreeMap::new();
    let mut input = json!({"HostedZoneId": zone, "MaxItems": PAGE});
    loop {
        let call = Call::new("ListResourceRecordSets", input);
        let answer = session.attempt(id, &call, "list", within).await?;
        found.extend(texts(&answer));
        if answer["IsTruncated"] != Value::Bool(true) {
            return Ok(found);
        }
        input = json!({
            "HostedZoneId": zone, "MaxItems": PAGE,
            "StartRecordName": answer["NextRecordName"], "StartRecordType": answer["NextRecordType"],
        });
    }
}

fn texts(answer: &Value) -> BTreeMap<String, String> {
    let sets = answer["ResourceRecordSets"].as_array().cloned().unwrap_or_default();
    let texts = sets.iter().filter(|set| set["Type"] == "TXT").map(|set| {
        let text = set["ResourceRecords"][0]["Value"].as_str().unwrap_or_default();
        (set["Name"].as_str().unwrap_or_default().to_owned(), text.trim_matches('"').to_owned())
    });
    texts.collect()
}
