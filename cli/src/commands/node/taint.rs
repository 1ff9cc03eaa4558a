use super::spec;
use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::TaintNodeRequest;

/// Keep instances off a node unless they tolerate it
///
/// NoSchedule keeps new ones off. NoExecute also moves away what is there, as a drain does: members of a group end once their
/// successors elsewhere serve, and instances of no group make it refused unless --force ends them.
///
/// An instance tolerates with the tag hearth:toleration/KEY, whose value is empty for any taint of that key, VALUE, or
/// VALUE:EFFECT; the tag hearth:toleration is for taints of every key.
///
/// Example: hearth node taint rack1-a dedicated=gpu:NoSchedule
#[derive(Args, Debug)]
pub(crate) struct Taint {
    /// Name of the node
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    node: String,
    /// KEY=VALUE:EFFECT or KEY:EFFECT gives a taint, KEY- or KEY:EFFECT- takes it; EFFECT is NoSchedule or NoExecute
    #[arg(required = true, value_name = "KEY=VALUE:EFFECT|KEY-")]
    taints: Vec<String>,
    /// Taints the node has may get another value
    #[arg(long)]
    overwrite: bool,
    /// End instances that belong to no group and do not tolerate a NoExecute taint
    #[arg(long)]
    force: bool,
}

impl Taint {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let words = spec::words("taint", &self.taints, |word| word.contains(':'))?;
        let outcome = if words.set.is_empty() { "untainted" } else { "tainted" };
        let request = TaintNodeRequest {
            node: self.node.clone(),
            set: words.set,
            remove: words.remove,
            overwrite: self.overwrite,
            end_standalone: self.force,
        };
        let changed = target.connect().await?.taint_node(request).await?.into_inner().changed;
        let outcome = if changed { outcome } else { "unchanged" };
        output::write(&format!("node/{} {outcome}\n", self.node))
    }
}
