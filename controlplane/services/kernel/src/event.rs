//! What happened to a record, for people: shown by `describe` and `get events`, kept for an hour.

use crate::record::time_index;
use crate::{Column, Reader, Record, Tabular};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use serde_json::{Value, json};
use std::time::Duration;

/// Index: `kind/id` of the record an event is about.
pub const ABOUT: &str = "about";

/// Index: when it may be forgotten, in a form that sorts by time ([`crate::record::time_index`]).
pub const EXPIRES: &str = "expires";

/// How long an event is kept.
pub const KEPT: Duration = Duration::from_secs(3600);

/// One thing that happened. Its id begins with its time, so events list in order.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Event {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// Kind of the record it happened to.
    #[n(1)]
    pub kind: String,
    /// Id of that record.
    #[n(2)]
    pub id: String,
    /// One CamelCase word, stable, for machines.
    #[n(3)]
    pub reason: String,
    /// A sentence for people.
    #[n(4)]
    pub message: String,
    /// Who did it.
    #[n(5)]
    pub principal: String,
}

impl Record for Event {
    const KIND: &'static str = "event";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(ABOUT, &format!("{}/{}", self.kind, self.id));
        add(EXPIRES, &time_index(self.at + KEPT));
    }
}

impl Tabular for Event {
    const PLURAL: &'static str = "events";
    const SHORT_NAMES: &'static [&'static str] = &["ev"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("TIME"),
            Column::new("KIND"),
            Column::new("ID"),
            Column::new("REASON"),
            Column::new("MESSAGE"),
            Column::wide("PRINCIPAL"),
        ];
        COLUMNS
    }

    fn cells(&self, _: &str, _: &Reader) -> Vec<String> {
        vec![
            self.at.to_iso8601(),
            self.kind.clone(),
            self.id.clone(),
            self.reason.clone(),
            self.message.clone(),
            self.principal.clone(),
        ]
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        json!({
            "at": self.at.to_iso8601(), "kind": self.kind, "id": self.id,
            "reason": self.reason, "message": self.message, "principal": self.principal,
        })
    }
}
