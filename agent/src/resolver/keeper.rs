//! Compiles what the desired set says, VPC by VPC, whenever it says something else.

use super::names::{self, VpcNames};
use crate::desired::Held;
use controlplane_proto::agent::object::Object as Content;
use controlplane_proto::dns::FeedMessage;
use controlplane_types::Runtime;
use dns::compile::{Compiler, Snapshot};
use dns::location::Geography;
use dns::zone::Store;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// What one resolver answers from.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Whether it answers at all.
    pub(super) enabled: bool,
    /// Its zones.
    pub(super) snapshot: Arc<Snapshot>,
}

/// By VPC.
pub(super) type Published = Arc<BTreeMap<String, Arc<Names>>>;

/// Goes on until nobody can want anything any more.
pub(super) async fn run(
    mut wanted: watch::Receiver<Option<Arc<Held>>>,
    publish: watch::Sender<Published>,
    runtime: Arc<dyn Runtime>,
) {
    let mut compiled = Compiled::default();
    while wanted.changed().await.is_ok() {
        let Some(held) = wanted.borrow_and_update().clone() else { continue };
        let mut published = None;
        runtime.compute(&mut || published = compiled.take(&held));
        if let Some(published) = published {
            publish.send_replace(published);
        }
    }
}

/// Every VPC as it was compiled last.
#[derive(Default)]
pub(super) struct Compiled {
    held: Option<Arc<Held>>,
    vpcs: BTreeMap<String, Vpc>,
}

impl Compiled {
    /// What `held` means; `None` if that is what was meant before.
    pub(super) fn take(&mut self, held: &Arc<Held>) -> Option<Published> {
        let same = self.held.as_ref().is_some_and(|before| same_names(before, held));
        self.held = Some(held.clone());
        if same {
            return None;
        }
        let names = names::of(held);
        self.vpcs.retain(|id, _| names.contains_key(id));
        for (id, names) in names {
            let vpc = self.vpcs.entry(id).or_default();
            if vpc.said != names {
                vpc.compile(names);
            }
        }
        Some(Arc::new(self.vpcs.iter().map(|(id, vpc)| (id.clone(), vpc.names.clone())).collect()))
    }
}

/// Whether two sets say the same of names. Objects that did not change keep their place in memory, so this is to compare
/// pointers; after a full set it says no, and what is compiled is compared.
fn same_names(before: &Held, after: &Held) -> bool {
    let about_names = |held: &Held| -> Vec<*const Content> {
        let contents = held.set.iter().filter_map(|(_, object)| object.object.as_ref());
        let told = contents.filter(|content| {
            !matches!(
                content,
                Content::Image(_)
                    | Content::Instance(_)
                    | Content::PrivateHealthCheck(_)
                    | Content::SecurityGroup(_)
                    | Content::Subnet(_)
            )
        });
        told.map(std::ptr::from_ref).collect()
    };
    about_names(before) == about_names(after)
}

/// One VPC.
#[derive(Default)]
struct Vpc {
    said: VpcNames,
    store: Store,
    compiler: Compiler,
    names: Arc<Names>,
}

impl Vpc {
    fn compile(&mut self, said: VpcNames) {
        if self.said.region != said.region {
            self.store = Store::default();
            self.compiler = Compiler::new(Arc::new(Geography::of_region(&said.region)));
        }
        let mut message = FeedMessage {
            cluster_id: "vpc".to_owned(),
            generation: self.store.position.generation + 1,
            ..FeedMessage::default()
        };
        // One that is off knows no zones, and so refuses every name.
        if said.enabled {
            message.zones = said.zones.clone();
            message.record_sets = said.record_sets.clone();
        }
        match self.store.apply(message) {
            Ok(changes) => {
                let snapshot = self.compiler.compile(&self.store, &changes, |_| true);
                for set in self.compiler.left_out() {
                    tracing::warn!(set, "a private record set cannot be served");
                }
                self.names = Arc::new(Names { enabled: said.enabled, snapshot });
            }
            // Names were checked when they were made: this is a newer control plane. What was served goes on.
            Err(error) => tracing::error!(%error, "private zones cannot be served"),
        }
        self.said = said;
    }
}
