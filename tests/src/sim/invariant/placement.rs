//! No instance is on two nodes: neither do records move one, nor do two machines run one.

use controlplane_services_ec2::instance::Instance;
use controlplane_services_kernel::View;
use std::collections::{BTreeMap, BTreeSet};

/// Where each instance was put.
#[derive(Default)]
pub struct Placement {
    /// Recorded node by instance; kept when the instance is forgotten, as ids are not given twice.
    nodes: BTreeMap<String, String>,
    broken: BTreeSet<String>,
}

impl Placement {
    /// Looks at all records of one revision.
    pub fn look(&mut self, view: &View) {
        for instance in view.all::<Instance>() {
            if let Some(node) = &instance.node {
                self.recorded(instance.key.id(), node.as_str());
            }
        }
    }

    /// The records say that `instance` is on `node`.
    pub fn recorded(&mut self, instance: &str, node: &str) {
        let first = self.nodes.entry(instance.to_owned()).or_insert_with(|| node.to_owned());
        if first != node {
            self.broken.insert(format!("{instance} was put on {first} and then on {node}"));
        }
    }

    /// What every machine runs at one moment, by machine.
    pub fn running(&mut self, machines: &BTreeMap<String, Vec<String>>) {
        let mut places = BTreeMap::new();
        for (machine, instances) in machines {
            for instance in instances {
                if let Some(other) = places.insert(instance, machine) {
                    self.broken.insert(format!("{instance} runs on {other} and on {machine}"));
                }
            }
        }
    }

    /// What broke the rule.
    pub fn broken(&self) -> Vec<String> {
        self.broken.iter().cloned().collect()
    }
}
