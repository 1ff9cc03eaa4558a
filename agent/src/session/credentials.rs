//! When credentials of instances are asked for: as soon as an instance has a profile, then every hour, sooner after a refusal.
//!
//! They are asked for before anybody inside wants them, so that the metadata service answers at once, and goes on answering for
//! hours while no control plane is there.

use crate::desired::Held;
use controlplane_proto::agent::RoleCredentials;
use controlplane_proto::agent::object::Object;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Credentials last six hours; another role in the profile is to be seen before long.
const RENEWED: Duration = Duration::from_secs(3600);
/// After a refusal: somebody may be mending the role.
const REFUSED: Duration = Duration::from_secs(60);
/// An answer that takes longer does not come any more.
const UNANSWERED: Duration = Duration::from_secs(10);

/// What was asked for, and when it is to be asked for again (monotonic).
#[derive(Default)]
pub(crate) struct Wanted {
    asked: BTreeMap<String, Asked>,
    seen: Option<Arc<Held>>,
}

struct Asked {
    profile_arn: String,
    due: Duration,
}

impl Wanted {
    /// The instances to ask for now.
    pub(super) fn due(&mut self, held: &Arc<Held>, now: Duration) -> Vec<String> {
        if !self.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, held)) {
            self.learn(held, now);
        }
        let due = self.asked.iter_mut().filter(|(_, asked)| asked.due <= now);
        due.map(|(id, asked)| {
            asked.due = now + UNANSWERED;
            id.clone()
        })
        .collect()
    }

    /// A new set: what has another profile is asked for at once.
    fn learn(&mut self, held: &Arc<Held>, now: Duration) {
        let instances = held.set.iter().filter_map(|(_, object)| match &object.object {
            Some(Object::Instance(instance)) => Some(instance),
            _ => None,
        });
        let with_profile = instances.filter_map(|instance| {
            let profile_arn = instance.metadata.as_ref()?.instance_profile_arn.clone();
            (!profile_arn.is_empty()).then(|| (instance.id.clone(), profile_arn))
        });
        let mut before = std::mem::take(&mut self.asked);
        self.asked = with_profile
            .map(|(id, profile_arn)| {
                let known = before.remove(&id).filter(|asked| asked.profile_arn == profile_arn);
                (id, known.unwrap_or(Asked { profile_arn, due: now }))
            })
            .collect();
        self.seen = Some(held.clone());
    }

    /// An answer came.
    pub(super) fn given(&mut self, credentials: &RoleCredentials, now: Duration) {
        if let Some(asked) = self.asked.get_mut(&credentials.instance_id) {
            let is_good = credentials.error_code.is_empty() && !credentials.role.is_empty();
            asked.due = now + if is_good { RENEWED } else { REFUSED };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_proto::agent as proto;
    use controlplane_proto::desired::DesiredSet;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn held(instances: &[(&str, &str)]) -> Arc<Held> {
        let mut set = DesiredSet::default();
        for (id, profile_arn) in instances {
            let metadata =
                proto::Metadata { instance_profile_arn: (*profile_arn).into(), ..Default::default() };
            let instance =
                proto::Instance { id: (*id).into(), metadata: Some(metadata.into()), ..Default::default() };
            set.insert(proto::Object { object: Some(Object::Instance(instance)) }).unwrap();
        }
        Arc::new(Held { generation: None, set })
    }

    fn answer(id: &str, error_code: &str) -> RoleCredentials {
        RoleCredentials {
            instance_id: id.into(),
            role: "web".into(),
            error_code: error_code.into(),
            ..RoleCredentials::default()
        }
    }

    #[test]
    fn credentials_are_asked_for_until_they_come_and_renewed() {
        let mut wanted = Wanted::default();
        let set = held(&[("i-1", "web"), ("i-2", ""), ("i-3", "web")]);
        assert_eq!(wanted.due(&set, seconds(1)), ["i-1", "i-3"]);
        assert_eq!(wanted.due(&set, seconds(2)), Vec::<String>::new());
        wanted.given(&answer("i-1", ""), seconds(2));
        wanted.given(&answer("i-2", ""), seconds(2));
        assert_eq!(wanted.due(&set, seconds(11)), ["i-3"], "no answer came");
        wanted.given(&answer("i-3", "AssumeRoleUnauthorizedAccess"), seconds(12));
        assert_eq!(wanted.due(&set, seconds(71)), Vec::<String>::new());
        assert_eq!(wanted.due(&set, seconds(72)), ["i-3"]);
        assert_eq!(wanted.due(&set, seconds(3602)), ["i-1", "i-3"]);
    }

    #[test]
    fn another_profile_is_asked_for_at_once() {
        let mut wanted = Wanted::default();
        wanted.due(&held(&[("i-1", "web"), ("i-2", "web")]), seconds(1));
        wanted.given(&answer("i-1", ""), seconds(1));
        wanted.given(&answer("i-2", ""), seconds(1));
        assert_eq!(wanted.due(&held(&[("i-1", "web"), ("i-2", "spare")]), seconds(2)), ["i-2"]);
        let none = held(&[("i-2", "")]);
        assert_eq!(wanted.due(&none, seconds(9_999)), Vec::<String>::new());
        wanted.given(&answer("i-1", ""), seconds(9_999));
    }
}
