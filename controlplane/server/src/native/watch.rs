//! Watching a kind: the current rows, then every change in commit order.

use super::rows;
use crate::replica::{Followed, Follower, Replica};
use controlplane_proto::api;
use controlplane_services_kernel::{KindEntry, Reader};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tonic::Status;

type Sender = mpsc::Sender<Result<api::WatchEvent, Status>>;

/// One client's watch.
pub(super) struct Watch {
    kind: &'static KindEntry,
    name: String,
    replica: Replica,
    /// Rows as the client has them.
    shown: BTreeMap<String, api::Row>,
}

/// The client hung up.
struct HungUp;

impl Watch {
    pub(super) fn new(kind: &'static KindEntry, name: String, replica: Replica) -> Self {
        Self { kind, name, replica, shown: BTreeMap::new() }
    }

    pub(super) async fn run(mut self, reader: Reader, mut commits: Follower, sender: Sender) {
        let head = api::WatchEvent { columns: rows::columns(self.kind), ..api::WatchEvent::default() };
        if sender.send(Ok(head)).await.is_err() || self.show(&reader, &sender).await.is_err() {
            return;
        }
        let synced = api::WatchEvent { event: "SYNCED".to_owned(), ..api::WatchEvent::default() };
        if sender.send(Ok(synced)).await.is_err() {
            return;
        }
        loop {
            let followed = tokio::select! {
                biased;
                () = sender.closed() => return,
                followed = commits.next() => followed,
            };
            let view = match followed {
                Followed::Commit(commit) => commit.after.clone(),
                Followed::Resync => self.replica.applied().view,
                Followed::Closed => return,
            };
            let reader = Reader { view, ..reader.clone() };
            if self.show(&reader, &sender).await.is_err() {
                return;
            }
        }
    }

    /// Sends the difference between the rows now and the rows shown. Rows depend on more than their own record (an
    /// instance's row shows its addresses), so they are compared, not the keys of the commit.
    async fn show(&mut self, reader: &Reader, sender: &Sender) -> Result<(), HungUp> {
        let rows = match rows::list(reader, self.kind, &self.name) {
            Ok(rows) => rows,
            Err(_) if !self.name.is_empty() => Vec::new(),
            Err(status) => return sender.send(Err(status)).await.map_err(|_| HungUp),
        };
        let now: BTreeMap<String, api::Row> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        let before = std::mem::replace(&mut self.shown, now);
        for (id, row) in &self.shown {
            match before.get(id) {
                Some(old) if old == row => {}
                Some(_) => send(sender, "MODIFIED", row).await?,
                None => send(sender, "ADDED", row).await?,
            }
        }
        for (_, row) in before.iter().filter(|(id, _)| !self.shown.contains_key(*id)) {
            send(sender, "DELETED", row).await?;
        }
        Ok(())
    }
}

async fn send(sender: &Sender, event: &str, row: &api::Row) -> Result<(), HungUp> {
    let event = api::WatchEvent { columns: Vec::new(), event: event.to_owned(), row: Some(row.clone()) };
    sender.send(Ok(event)).await.map_err(|_| HungUp)
}
