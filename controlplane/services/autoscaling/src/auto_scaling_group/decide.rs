//! What a group needs now. Pure.

use super::AutoScalingGroup;
use super::maintenance::Bounds;
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
    let healthy: Vec<&Member<'_>> = members.iter().filter(|member| member.is_healthy()).collect();
    let desired = if group.deleting { 0 } else { group.desired_capacity as usize };
    decision.end_ill(group, &members, &healthy, desired);
    if !group.deleting && healthy.iter().any(|member| member.displaced.is_some()) {
        decision.move_away(group, &healthy, desired, now);
    } else if healthy.len() > desired {
        let cause = format!(
            "an instance was ended because the group has {} and its desired capacity is {desired}",
            healthy.len()
        );
        let surplus = Zones::of(view, key, group).surplus(&healthy, healthy.len() - desired);
        decision.terminate.extend(surplus.into_iter().map(|id| (id, cause.clone())));
    } else if healthy.len() < desired {
        let cause = format!(
            "the group has {} healthy instances and its desired capacity is {desired}",
            healthy.len()
        );
        decision.launch(group, desired - healthy.len(), cause, now);
    }
    decision.terminate.truncate(AT_ONCE);
    decision.delete = group.deleting && members.is_empty();
    decision
}

impl Decision {
    /// Members that are ill end at once. Where the group's policy lets it be larger meanwhile, one that was declared ill
    /// and still runs ends when its successor serves.
    fn end_ill(
        &mut self,
        group: &AutoScalingGroup,
        members: &[Member<'_>],
        healthy: &[&Member<'_>],
        desired: usize,
    ) {
        let serving = healthy.iter().filter(|member| member.in_service()).count();
        let serve_on = if Bounds::of(group).ill_serve_on { desired.saturating_sub(serving) } else { 0 };
        let mut kept = 0;
        for member in members {
            let Health::Unhealthy(reason) = member.health else { continue };
            if member.runs && kept < serve_on {
                kept += 1;
                continue;
            }
            let cause = format!("an instance was taken out of service because {reason}");
            self.terminate.push((member.id.to_owned(), cause));
        }
    }

    /// Members that have to leave their nodes end as others serve in their place, within the bounds of the group's
    /// policy. Without one the group never falls below its desired capacity; for a moment it is larger, even than its
    /// maximum.
    fn move_away(
        &mut self,
        group: &AutoScalingGroup,
        healthy: &[&Member<'_>],
        desired: usize,
        now: Timestamp,
    ) {
        let bounds = Bounds::of(group);
        let displaced = healthy.iter().filter_map(|member| Some((member, member.displaced?)));
        let (serving, idle): (Vec<_>, Vec<_>) = displaced.partition(|(member, _)| member.in_service());
        let in_service = healthy.iter().filter(|member| member.in_service()).count();
        let spare = in_service.saturating_sub(bounds.least);
        // Nobody misses one that does not serve yet.
        let ended: Vec<_> = idle.iter().chain(serving.iter().take(spare)).collect();
        let cause = |why: &str| format!("an instance was ended because {why}");
        self.terminate.extend(ended.iter().map(|(member, why)| (member.id.to_owned(), cause(why))));
        let wanted = (desired + serving.len()).min(bounds.most);
        let missing = wanted.saturating_sub(healthy.len());
        if ended.is_empty() && missing > 0 {
            let cause = format!("{} of its instances have to leave their nodes", serving.len());
            self.launch(group, missing, cause, now);
        }
    }

    fn launch(&mut self, group: &AutoScalingGroup, missing: usize, cause: String, now: Timestamp) {
        if let Some(retry) = group.retry.as_ref().filter(|retry| retry.at > now) {
            self.wake = Some(self.wake.map_or(retry.at, |wake| wake.min(retry.at)));
            return;
        }
        self.launch_cause = cause;
        self.launch = missing.min(AT_ONCE) as u32;
    }
}

/// When the next member whose illness was declared counts as ill.
fn next_illness(group: &AutoScalingGroup, members: &[Member<'_>], now: Timestamp) -> Option<Timestamp> {
    let healthy = members.iter().filter(|member| member.is_healthy());
    healthy.filter_map(|member| ill_from(group, member.id, member.instance)).filter(|time| *time > now).min()
}
