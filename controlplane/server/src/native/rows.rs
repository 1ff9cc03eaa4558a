//! Rows, objects and descriptions of any kind, from the kind's table.

use super::error::{not_found, refused};
use controlplane_proto::api;
use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::event::{ABOUT, Event};
use controlplane_services_kernel::manifest::Applied;
use controlplane_services_kernel::{Caller, KindEntry, Reader, ServiceError, StoredRecord, TableRow};
use controlplane_types::{Key, Scope};
use serde_json::{Value, json};
use std::fmt::Write;
use tonic::Status;

/// Headings of a kind.
pub(super) fn columns(kind: &KindEntry) -> Vec<api::Column> {
    let columns = kind.table.as_ref().map_or(&[][..], |table| (table.columns)());
    columns.iter().map(|column| api::Column { name: column.name.to_owned(), wide: column.wide }).collect()
}

/// The caller's rows, and those of the region's own records; with a name, only the record it means.
pub(super) fn list(reader: &Reader, kind: &KindEntry, name: &str) -> Result<Vec<api::Row>, Status> {
    if !name.is_empty() {
        let id = find(reader, kind, name)?;
        let row = visible(reader, kind).find(|(key, _)| key.id() == id);
        return Ok(row.and_then(|(key, record)| self::row(reader, kind, key, record)).into_iter().collect());
    }
    Ok(visible(reader, kind).filter_map(|(key, record)| row(reader, kind, key, record)).collect())
}

/// The rows of every account in every region. Each is computed as its own account sees it there, since it may show other
/// records of that account.
pub(super) fn list_everywhere(
    reader: &Reader,
    kind: &KindEntry,
    name: &str,
) -> Result<Vec<api::Row>, Status> {
    if !name.is_empty() {
        let error = ServiceError::new("NameInAllAccounts", 400, "a name means a record of one account");
        return Err(refused(&error.with_hint("leave out the name, or -A")));
    }
    let mut account = reader.clone();
    let mut rows = Vec::new();
    for (key, record) in reader.view.untyped(kind.name) {
        if let Scope::Region(region) = key.scope()
            && account.caller.region != region
        {
            account.caller.region = region;
        }
        let owner = if key.account().as_str() == SYSTEM_ACCOUNT {
            reader.caller.account.clone()
        } else {
            key.account()
        };
        if account.caller.account != owner {
            account.caller.account = owner;
        }
        rows.extend(row(&account, kind, key, record));
    }
    Ok(rows)
}

fn scope_of(caller: &Caller, kind: &KindEntry) -> Scope {
    if kind.global { Scope::Global } else { Scope::Region(caller.region.clone()) }
}

/// Whether the caller sees the record at `key`.
pub(super) fn sees(caller: &Caller, kind: &KindEntry, key: &Key) -> bool {
    let account = key.account();
    key.kind() == kind.name
        && (kind.everywhere || key.scope() == scope_of(caller, kind))
        && (account == caller.account || account.as_str() == SYSTEM_ACCOUNT)
}

fn visible<'r>(reader: &'r Reader, kind: &'r KindEntry) -> impl Iterator<Item = (&'r Key, &'r StoredRecord)> {
    reader.view.untyped(kind.name).filter(move |(key, _)| sees(&reader.caller, kind, key))
}

/// One row with its object.
pub(super) fn row(reader: &Reader, kind: &KindEntry, key: &Key, record: &StoredRecord) -> Option<api::Row> {
    let row = (kind.table.as_ref()?.row)(record, key.id(), reader)?;
    let name = display_name(reader, kind, key.id(), &row.name);
    Some(api::Row {
        id: key.id().to_owned(),
        kind: kind.name.to_owned(),
        json: object(kind, key, &name, &row).to_string(),
        name,
        cells: row.cells,
    })
}

fn display_name(reader: &Reader, kind: &KindEntry, id: &str, own: &str) -> String {
    let name = if own.is_empty() { Applied::name_of(kind.name, id, reader).unwrap_or_default() } else { own };
    name.to_owned()
}

fn object(kind: &KindEntry, key: &Key, name: &str, row: &TableRow) -> Value {
    let mut object = json!({
        "kind": kind.name,
        "metadata": {
            "name": name, "id": key.id(), "account": key.account().as_str(), "region": key.scope().as_str(),
        },
    });
    if let Some(owner) = &row.owner {
        object["metadata"]["owner"] = json!({"kind": owner.kind, "id": owner.id});
    }
    if !row.spec.is_null() {
        object["spec"] = row.spec.clone();
    }
    object["status"] = row.status.clone();
    object
}

/// The id people mean: an id, the name of a manifest, or a name (tag) only one record has.
pub(super) fn find(reader: &Reader, kind: &KindEntry, text: &str) -> Result<String, Status> {
    if visible(reader, kind).any(|(key, _)| key.id() == text) {
        return Ok(text.to_owned());
    }
    if let Some(id) = Applied::target_of(kind.name, text, reader)
        && visible(reader, kind).any(|(key, _)| key.id() == id)
    {
        return Ok(id.to_owned());
    }
    let table = kind.table.as_ref();
    let named: Vec<&Key> = visible(reader, kind)
        .filter(|(key, record)| {
            table.and_then(|table| (table.row)(record, key.id(), reader)).is_some_and(|row| row.name == text)
        })
        .map(|(key, _)| key)
        .collect();
    match named.as_slice() {
        [] => Err(not_found(kind.name, text)),
        [key] => Ok(key.id().to_owned()),
        several => Err(refused(
            &ServiceError::new("AmbiguousName", 400, format!("{} records are named {text:?}", several.len()))
                .with_hint("give the id instead"),
        )),
    }
}

/// Everything about one record, for people.
pub(super) fn describe(reader: &Reader, kind: &KindEntry, id: &str) -> Option<String> {
    let (key, record) = visible(reader, kind).find(|(key, _)| key.id() == id)?;
    let row = (kind.table.as_ref()?.row)(record, id, reader)?;
    let name = display_name(reader, kind, id, &row.name);
    let mut text = serde_saphyr::to_string(&object(kind, key, &name, &row)).ok()?;
    let about = format!("{}/{id}", kind.name);
    let mut events = reader.view.find::<Event>(ABOUT, &about).peekable();
    // Writing to a String cannot fail.
    let _ = match events.peek() {
        None => writeln!(text, "events: []"),
        Some(_) => writeln!(text, "events:"),
    };
    for event in events {
        let _ = writeln!(text, "- {} {}: {}", event.at.to_iso8601(), event.reason, event.message);
    }
    Some(text)
}

/// The last lines of a console, then what follows.
pub(super) struct TailLines {
    lines: usize,
    kept: Vec<u8>,
    through: bool,
}

impl TailLines {
    /// `lines` = 0 lets everything through. Following lets everything through as well after the first burst.
    pub(super) fn new(lines: u32, follow: bool) -> Self {
        Self { lines: lines as usize, kept: Vec::new(), through: lines == 0 || follow }
    }

    /// What can be shown now.
    pub(super) fn take(&mut self, chunk: Vec<u8>) -> Vec<u8> {
        if self.lines == 0 {
            return chunk;
        }
        if self.through {
            // With `follow` the first chunk is what was kept; only its tail is wanted.
            let tail = last_lines(&chunk, self.lines).to_vec();
            self.lines = 0;
            return tail;
        }
        self.kept.extend(chunk);
        self.kept = last_lines(&self.kept, self.lines).to_vec();
        Vec::new()
    }

    /// What is left at the end.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.kept)
    }
}

fn last_lines(text: &[u8], lines: usize) -> &[u8] {
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    let start =
        body.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').nth(lines.saturating_sub(1));
    start.map_or(text, |(at, _)| &text[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_whole_lines() {
        for (text, lines, expected) in [
            ("a\nb\nc\n", 2, "b\nc\n"),
            ("a\nb", 1, "b"),
            ("a\n", 5, "a\n"),
            ("", 3, ""),
            ("a\nb\n", 2, "a\nb\n"),
        ] {
            assert_eq!(last_lines(text.as_bytes(), lines), expected.as_bytes(), "{text:?} {lines}");
        }
    }
}
