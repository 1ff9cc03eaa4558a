//! What a group needs now. Pure.

use super::AutoScalingGroup;
use super::member::{Health, Member, ill_from, members};
use super::zones::Zones;
use controlplane_services_kernel::View;
use controlplane_types::{Key, Timestamp};

/// The most instances started or ended by one log entry; the rest follow at once, because the entry is a change.
const AT_ONCE: usize = 1000;

/// What has to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Instances to end, with the cause.
    pub terminate: Vec<(String, String)>,
    /// How many instances to start; [`Zones`] says where.
    pub launch: u32,
    /// Why instances are started.
    pub launch_cause: String,
    /// Nothing is left of a group that is being deleted.
    pub delete: bool,
    /// Decide again at this time.
    pub wake: Option<Timestamp>,
}

impl Decision {
    /// Nothing has to be written.
    pub fn is_settled(&self) -> bool {
        self.terminate.is_empty() && self.launch == 0 && !self.delete
    }
}

/// Decides for the group at `key`.
pub fn decide(view: &View, key: &Key, group: &AutoScalingGroup, now: Timestamp) -> Decision {
    let members = members(view, key, group, now);
    let mut decision = Decision { wake: next_illness(group, &members, now), ..Decision::default() };
    for member in &members {
        if let Health::Unhealthy(reason) = member.health {
            let cause = format!("an instance was taken out of service because {reason}");
            decision.terminate.push((member.id.to_owned(), cause));
        }
    }
    let healthy: Vec<&Member<'_>> = members.iter().filter(|member| member.is_healthy()).collect();
    let desired = if group.deleting { 0 } else { group.desired_capacity as usize };
    if healthy.len() > desired {
        let cause = format!(
            "an instance was ended because the group has {} and its desired capacity is {desired}",
            healthy.len()
        );
        let surplus = Zones::of(view, key, group).surplus(&healthy, healthy.len() - desired);
        decision.terminate.extend(surplus.into_iter().map(|id| (id, cause.clone())));
    } else if healthy.len() < desired {
        decision.launch_missing(group, healthy.len(), desired, now);
    }
    decision.terminate.truncate(AT_ONCE);
    decision.delete = group.deleting && members.is_empty();
    decision
}

impl Decision {
    fn launch_missing(&mut self, group: &AutoScalingGroup, healthy: usize, desired: usize, now: Timestamp) {
        if let Some(retry) = group.retry.as_ref().filter(|retry| retry.at > now) {
            self.wake = Some(self.wake.map_or(retry.at, |wake| wake.min(retry.at)));
            return;
        }
        self.launch_cause =
            format!("the group has {healthy} healthy instances and its desired capacity is {desired}");
        self.launch = (desired - healthy).min(AT_ONCE) as u32;
    }
}

/// When the next member whose illness was declared counts as ill.
fn next_illness(group: &AutoScalingGroup, members: &[Member<'_>], now: Timestamp) -> Option<Timestamp> {
    let healthy = members.iter().filter(|member| member.is_healthy());
    healthy.filter_map(|member| ill_from(group, member.id, member.instance)).filter(|time| *time > now).min()
}
