use super::ops::scale_group::{ScaleGroup, ScaleGroupInput};
use super::{AutoScalingGroup, decide};
use controlplane_services_ec2::instance::{Instance, of_tags};
use controlplane_services_ec2::tag::ResourceTags;
use controlplane_services_kernel::{Caller, Controller, Intent, Plan, Record, View};
use controlplane_services_native::Node;
use controlplane_services_native::node::holders;
use controlplane_types::{Key, Scope, Timestamp};

/// Keeps every group at its size.
pub(crate) struct Scaling;

impl Controller for Scaling {
    const NAME: &'static str = "auto-scaling";

    fn concerned(view: &View, changed: &Key) -> Vec<Key> {
        match changed.kind() {
            AutoScalingGroup::KIND => vec![changed.clone()],
            Instance::KIND => group_of(view, changed).into_iter().collect(),
            Node::KIND => groups_on_node(view, changed),
            // A taint of its node may be tolerated now, or not any more.
            ResourceTags::KIND => {
                of_tags(changed, view).and_then(|key| group_of(view, &key)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn sweep(view: &View) -> Vec<Key> {
        view.all::<AutoScalingGroup>().map(|group| group.key.clone()).collect()
    }

    fn plan(view: &View, key: &Key, now: Timestamp) -> Plan {
        let mut plan = Plan::settled();
        let (Some(group), Scope::Region(region)) = (view.get::<AutoScalingGroup>(key), key.scope()) else {
            return plan;
        };
        let decision = decide(view, key, group, now);
        if let Some(wake) = decision.wake {
            plan.wake_at(wake);
        }
        if !decision.is_settled() {
            let caller = Caller::controller(key.account(), region, Self::NAME);
            let input = ScaleGroupInput { group: key.id().to_owned() };
            plan.intend(Intent::new::<ScaleGroup>(caller, input));
        }
        plan
    }
}

/// The group an instance belongs to.
pub(crate) fn group_of(view: &View, instance: &Key) -> Option<Key> {
    let group = view.get::<Instance>(instance)?.group.as_ref()?;
    Some(Key::new(&instance.account(), &instance.scope(), AutoScalingGroup::KIND, group))
}

fn groups_on_node(view: &View, node: &Key) -> Vec<Key> {
    let mut groups: Vec<Key> = holders(view, node.id()).filter_map(|key| group_of(view, key)).collect();
    groups.sort();
    groups.dedup();
    groups
}
