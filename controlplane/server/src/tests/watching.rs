//! Watches that move from one server to another.

use super::{Cluster, run, tell};
use crate::core::Core;
use crate::native::{RowFeeds, WatchStream};
use crate::registry;
use crate::watch::{Event, Selector, WatchError, Watched, Watcher};
use controlplane_proto::api;
use controlplane_raft::NodeId;
use controlplane_services_kernel::{Record, event};
use controlplane_types::{Key, Revision, Scope};
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;

fn told() -> Selector {
    let scope = Scope::Region("us-east-1".into());
    Selector::Under(Key::prefix(&"123456789012".into(), &scope, event::Event::KIND))
}

/// Everything after `from` up to what is there now.
async fn drain(watcher: &mut Watcher, until: Revision) -> Vec<(Revision, Vec<String>)> {
    let mut got = Vec::new();
    while watcher.revision() < until {
        let Watched::Event(event) = watcher.next().await else { panic!("the history is long enough") };
        got.push(shown(&event));
    }
    got
}

fn shown(event: &Event) -> (Revision, Vec<String>) {
    (event.revision, event.changes.iter().map(|changed| format!("{changed:?}")).collect())
}

/// Writes that were answered, whoever leads.
async fn write(cluster: &Cluster, count: usize) -> Revision {
    let mut newest = 0;
    for number in 0..count {
        loop {
            let (_, leader) = cluster.leader().await;
            match tell(leader, cluster.root(), number.to_string()).await {
                Ok(done) => newest = done.revision,
                Err(_) => {
                    cluster.sleep(20).await;
                    continue;
                }
            }
            break;
        }
    }
    newest
}

#[test]
fn a_watch_goes_on_at_another_server_without_gap_or_echo() {
    run(3, |mut cluster| async move {
        let (first, core) = cluster.leader().await;
        let begin = core.replica.applied().view.revision();
        let mut watcher = core.replica.watch(told(), begin).expect("it begins");
        let until = write(&cluster, 50).await;
        let mut got = drain(&mut watcher, until).await;
        let last = watcher.revision();
        cluster.kill(first);
        let until = write(&cluster, 50).await;
        let survivors: Vec<NodeId> = cluster.servers.keys().copied().collect();
        for (place, id) in survivors.iter().enumerate() {
            let core = cluster.core(*id);
            core.reads.reader(cluster.root()).await.expect("a round");
            let mut whole = core.replica.watch(told(), begin).expect("the history is long enough");
            let model = drain(&mut whole, until).await;
            assert_eq!(model.len(), 100, "one commit each");
            if place == 0 {
                let mut moved = core.replica.watch(told(), last).expect("it goes on");
                got.extend(drain(&mut moved, until).await);
            }
            assert_eq!(got, model, "server {id}");
            let ahead = core.replica.applied().view.revision() + 1;
            let refused = core.replica.watch(told(), ahead).map(|_| ());
            assert_eq!(refused, Err(WatchError::OutOfRange { newest: ahead - 1 }));
        }
    });
}

/// A client's rows.
#[derive(Default)]
struct Client {
    rows: BTreeMap<String, api::Row>,
    revision: Revision,
    history: String,
}

impl Client {
    /// Takes events until the rows are those of `until`; `until` must alter a row.
    async fn follow(&mut self, stream: &mut WatchStream, until: Revision) {
        while self.revision < until {
            let event = stream.next().await.expect("the stream goes on").expect("it is not refused");
            assert!(event.revision >= self.revision, "revisions only rise");
            if !event.history.is_empty() {
                self.history = event.history;
            }
            for change in event.changes {
                self.take(change);
            }
            if !event.partial {
                self.revision = event.revision;
            }
        }
    }

    fn take(&mut self, change: api::RowChange) {
        let row: api::Row = prost::Message::decode(change.row.as_ref()).expect("a row");
        let known = match change.change() {
            api::row_change::Change::Deleted => self.rows.remove(&row.id),
            _ => self.rows.insert(row.id.clone(), row),
        };
        let added = change.change() == api::row_change::Change::Added;
        assert_eq!(known.is_none(), added, "added once, then modified or deleted");
    }
}

async fn serve(feeds: &RowFeeds, core: &Core, name: &str, client: &Client) -> WatchStream {
    let request = api::WatchRequest {
        kind: "vpcs".to_owned(),
        name: name.to_owned(),
        from_revision: client.revision,
        history: client.history.clone(),
    };
    feeds.serve(core, core.first_start.root(), request).await.expect("it is served")
}

/// Creates a network with all that belongs to it.
async fn create(cluster: &Cluster, name: &str, number: usize) -> Revision {
    let (_, leader) = cluster.leader().await;
    let text = format!("kind: Vpc\nmetadata: {{name: {name}}}\nspec: {{cidrBlock: 10.{number}.0.0/16}}\n");
    let work = crate::writer::Work::new(cluster.root(), move |cx| {
        let documents = controlplane_services_kernel::manifest::parse(&text)?;
        let here = cx.caller.region.clone();
        controlplane_services_kernel::manifest::apply::apply(
            registry::SERVICES,
            documents,
            "test",
            &here,
            cx,
        )?;
        Ok(Box::new(()) as _)
    });
    leader.writer.write(work).await.expect("it is applied").revision
}

#[test]
fn rows_go_on_at_another_server_without_gap_or_echo() {
    run(3, |mut cluster| async move {
        let feeds: BTreeMap<NodeId, RowFeeds> = cluster
            .servers
            .iter()
            .map(|(id, (_, core))| (*id, RowFeeds::new(core.replica.clone(), core.runtime.clone())))
            .collect();
        let (first, core) = cluster.leader().await;
        let mut client = Client::default();
        let mut stream = serve(&feeds[&first], core, "", &client).await;
        for number in 0..5 {
            let until = create(&cluster, &format!("net-{number}"), number).await;
            client.follow(&mut stream, until).await;
        }
        drop(stream);
        cluster.kill(first);
        cluster.leader().await;
        let mut until = 0;
        for number in 5..10 {
            until = create(&cluster, &format!("net-{number}"), number).await;
        }
        for (id, (_, core)) in &cluster.servers {
            let mut moved = Client { rows: client.rows.clone(), history: client.history.clone(), ..client };
            moved.follow(&mut serve(&feeds[id], core, "", &moved).await, until).await;
            let mut fresh = Client::default();
            fresh.follow(&mut serve(&feeds[id], core, "", &fresh).await, until).await;
            assert_eq!(moved.rows, fresh.rows, "server {id}");
            // The default network and ten of ours.
            assert_eq!(fresh.rows.len(), 11);
            let mut named = Client::default();
            named.follow(&mut serve(&feeds[id], core, "net-7", &named).await, until).await;
            assert_eq!(named.rows.len(), 1, "only the one called so");
        }
    });
}

#[test]
fn a_watch_of_another_history_begins_again() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let feeds = RowFeeds::new(core.replica.clone(), core.runtime.clone());
        let newest = core.replica.applied().view.revision();
        for (from_revision, history) in
            [(newest, "another/1".to_owned()), (newest + 5, core.history().to_owned())]
        {
            let request =
                api::WatchRequest { kind: "vpc".to_owned(), from_revision, history, ..Default::default() };
            let refused = feeds.serve(core, cluster.root(), request).await.map(|_| ()).expect_err("refused");
            assert_eq!(refused.code(), tonic::Code::OutOfRange);
            assert_eq!(refused.metadata().get("hearth-error-code").expect("a code"), "OutOfRange");
        }
    });
}

#[test]
fn watchers_end_with_the_server() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let feeds = RowFeeds::new(core.replica.clone(), core.runtime.clone());
        let mut stream = serve(&feeds, core, "", &Client::default()).await;
        let from = core.replica.applied().view.revision();
        let mut watcher = core.replica.watch(told(), from).expect("it begins");
        core.node.shutdown().await;
        assert!(matches!(watcher.next().await, Watched::Closed));
        let mut last = None;
        while let Some(event) = stream.next().await {
            last = Some(event);
        }
        assert!(last.expect("an end").is_err());
        let _kept = Arc::new(feeds);
    });
}
