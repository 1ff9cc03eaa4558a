//! `nft`'s JSON listing to values (libnftables-json(5)).

use super::super::error::{NetworkError, Result};
use super::{Base, Chain, Family, Rule, Ruleset, Set, Table, TableName};
use serde_json::Value;
use std::net::IpAddr;

/// Reads a listing; objects of tables that `ours` refuses are skipped.
pub(super) fn ruleset(listing: &str, ours: impl Fn(&TableName) -> bool) -> Result<Ruleset> {
    let document: Value = serde_json::from_str(listing).map_err(|error| unreadable(error.to_string()))?;
    let objects =
        document["nftables"].as_array().ok_or_else(|| unreadable("no list of objects".to_owned()))?;
    let mut ruleset = Ruleset::new();
    for object in objects.iter().filter_map(Value::as_object) {
        for (kind, body) in object {
            add(&mut ruleset, kind, body, &ours)?;
        }
    }
    Ok(ruleset)
}

fn add(ruleset: &mut Ruleset, kind: &str, body: &Value, ours: impl Fn(&TableName) -> bool) -> Result<()> {
    let name = if kind == "table" { "name" } else { "table" };
    let Some(table) = table_name(body, name).filter(ours) else {
        return Ok(());
    };
    let table = ruleset.entry(table).or_default();
    match kind {
        "set" | "map" => drop(table.sets.insert(text(body, "name")?, set(body)?)),
        "chain" => table.chains.entry(text(body, "name")?).or_default().base = base(body),
        "rule" => add_rule(table, body)?,
        _ => {}
    }
    Ok(())
}

fn table_name(body: &Value, field: &str) -> Option<TableName> {
    let family = match body["family"].as_str()? {
        "inet" => Family::Inet,
        "netdev" => Family::Netdev,
        _ => return None,
    };
    Some(TableName { family, name: body[field].as_str()?.to_owned() })
}

fn add_rule(table: &mut Table, body: &Value) -> Result<()> {
    let chain: &mut Chain = table.chains.entry(text(body, "chain")?).or_default();
    chain.rules.push(Rule::found(body["comment"].as_str()));
    Ok(())
}

fn base(body: &Value) -> Option<Base> {
    let word = |field: &str| body[field].as_str().map(str::to_owned);
    Some(Base {
        kind: word("type")?,
        hook: word("hook")?,
        priority: body["prio"].as_i64()?,
        policy: word("policy")?,
        device: None,
    })
}

fn set(body: &Value) -> Result<Set> {
    let key = match &body["type"] {
        Value::String(single) => vec![single.clone()],
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        other => return Err(unreadable(format!("set type {other}"))),
    };
    let flags = body["flags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let elements = body["elem"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(Set {
        key,
        value: body["map"].as_str().map(str::to_owned),
        interval: flags.iter().any(|flag| flag == "interval"),
        elements: elements.iter().map(element).collect::<Result<_>>()?,
    })
}

/// An element in the notation it is written in.
fn element(value: &Value) -> Result<String> {
    match value {
        Value::String(word) => Ok(canonical(word)),
        Value::Number(number) => Ok(number.to_string()),
        Value::Array(pair) if pair.len() == 2 => {
            Ok(format!("{} : {}", element(&pair[0])?, element(&pair[1])?))
        }
        Value::Object(object) => object.iter().next().map_or_else(
            || Err(unreadable("an empty element".to_owned())),
            |(kind, body)| compound(kind, body),
        ),
        other => Err(unreadable(format!("element {other}"))),
    }
}

fn compound(kind: &str, body: &Value) -> Result<String> {
    match kind {
        "concat" => joined(body, " . "),
        "range" => joined(body, "-"),
        "prefix" => Ok(format!("{}/{}", element(&body["addr"])?, element(&body["len"])?)),
        "elem" => element(&body["val"]),
        "jump" | "goto" => Ok(format!("{kind} {}", element(&body["target"])?)),
        "accept" | "drop" | "return" | "continue" => Ok(kind.to_owned()),
        _ => Err(unreadable(format!("element of kind {kind}"))),
    }
}

fn joined(parts: &Value, separator: &str) -> Result<String> {
    let parts = parts.as_array().ok_or_else(|| unreadable("a list was expected".to_owned()))?;
    Ok(parts.iter().map(element).collect::<Result<Vec<_>>>()?.join(separator))
}

/// One spelling per address, whatever the C library prefers.
fn canonical(word: &str) -> String {
    word.parse::<IpAddr>().map_or_else(|_| word.to_owned(), |address| address.to_string())
}

fn text(body: &Value, field: &str) -> Result<String> {
    body[field].as_str().map(str::to_owned).ok_or_else(|| unreadable(format!("{field} is missing")))
}

fn unreadable(reason: String) -> NetworkError {
    NetworkError::Unreadable { what: "nft's listing", reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_read_as_they_are_written() {
        let cases = [
            (r#""10.0.0.1""#, "10.0.0.1"),
            (r#""::1.2.3.4""#, "::102:304"),
            ("80", "80"),
            (r#"{"range": [80, 90]}"#, "80-90"),
            (r#"{"prefix": {"addr": "10.0.0.0", "len": 8}}"#, "10.0.0.0/8"),
            (r#"{"concat": [6, {"range": [1, 2]}, {"prefix": {"addr": "::", "len": 0}}]}"#, "6 . 1-2 . ::/0"),
            (r#"{"elem": {"val": 5, "comment": "x"}}"#, "5"),
            (r#"["up", {"jump": {"target": "to-gateway"}}]"#, "up : jump to-gateway"),
            (r#"["vx", {"accept": null}]"#, "vx : accept"),
            (r#"["1.2.3.4", "10.0.0.4"]"#, "1.2.3.4 : 10.0.0.4"),
        ];
        for (json, expected) in cases {
            assert_eq!(element(&serde_json::from_str(json).unwrap()).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for listing in [
            "",
            "{}",
            r#"{"nftables": 1}"#,
            r#"{"nftables": [{"set": {"family": "inet", "table": "t", "name": "s"}}]}"#,
        ] {
            assert!(ruleset(listing, |_| true).is_err(), "{listing}");
        }
        for json in ["true", "{}", r#"{"concat": 1}"#, r#"{"hmm": 1}"#, "[1]"] {
            assert!(element(&serde_json::from_str(json).unwrap()).is_err(), "{json}");
        }
    }
}
