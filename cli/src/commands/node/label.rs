use super::spec;
use crate::client::Target;
use crate::complete;
use crate::error::{CliError, Kind};
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::LabelNodeRequest;
use std::collections::BTreeMap;

/// Say what a node is: instances can ask for it, and `hearth get nodes -l` finds it
///
/// An instance asks with the tag hearth:node-selector/KEY=VALUE, in its manifest, its launch template, its Auto Scaling group
/// (propagated at launch) or RunInstances. What the agent was started with stays under what is said here.
///
/// Example: hearth node label rack1-a disk=ssd old-
#[derive(Args, Debug)]
pub(crate) struct Label {
    /// Name of the node
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    node: String,
    /// KEY=VALUE gives a label, KEY- takes it
    #[arg(required = true, value_name = "KEY=VALUE|KEY-")]
    labels: Vec<String>,
    /// Labels the node has may get another value
    #[arg(long)]
    overwrite: bool,
}

impl Label {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let words = spec::words("label", &self.labels, |word| word.contains('='))?;
        let mut set = BTreeMap::new();
        for (key, value) in words.set.iter().filter_map(|word| word.split_once('=')) {
            if set.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(CliError::new(Kind::Usage, format!("label {key} is given twice")));
            }
        }
        let request = LabelNodeRequest {
            node: self.node.clone(),
            set,
            remove: words.remove,
            overwrite: self.overwrite,
        };
        let changed = target.connect().await?.label_node(request).await?.into_inner().changed;
        let outcome = if changed { "labeled" } else { "not labeled" };
        output::write(&format!("node/{} {outcome}\n", self.node))
    }
}
