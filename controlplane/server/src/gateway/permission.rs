//! May he? Asked of every action at this door, in this one place, so that no action can forget it.
//!
//! It is asked on the very view the action runs on: of a write on the writer, before it runs and before an earlier outcome is
//! given again, of a read on its reader. A policy that was changed by the request before counts for this one. Only this door
//! asks: whoever comes in by certificate is an administrator, and the region's own hand is nobody's.

use controlplane_services_iam::authorize::{Asker, Refusal};
use controlplane_services_iam::policy::PolicyKind;
use controlplane_services_kernel::access::Rule;
use controlplane_services_kernel::{Access, Caller, Reader, Service, ServiceError, View};
use controlplane_services_sts::authorization_message;
use controlplane_wire::ErrorReply;
use controlplane_wire::model::{Protocol, Service as WireService};

/// What has to be allowed before one request is run.
pub(super) struct Permission {
    asker: Option<Asker>,
    service: &'static Service,
    wire: &'static WireService,
    action: &'static str,
}

impl Permission {
    /// Of `caller` for an action of `service`.
    pub(super) fn of(
        caller: &Caller,
        view: &View,
        service: &'static Service,
        wire: &'static WireService,
        action: &'static str,
    ) -> Self {
        Self { asker: Asker::of(caller, view), service, wire, action }
    }

    /// Refuses an action whose `accesses` the caller has not all got.
    pub(super) fn check(
        &self,
        accesses: impl FnOnce(Rule) -> Vec<Access>,
        cx: &Reader,
    ) -> Result<(), ServiceError> {
        let Some(asker) = self.asker.as_ref().filter(|asker| asker.is_asked()) else { return Ok(()) };
        let refused = asker.refused(&accesses(self.service.accesses), self.service.name, self.action, cx);
        refused.map_err(|refusal| {
            let mut told = sentence(&cx.caller.principal, &refusal);
            if self.wire.protocol() == Protocol::Ec2Query
                && let Some(message) = authorization_message::of(&refusal, cx)
            {
                told.push_str(". Encoded authorization failure message: ");
                told.push_str(&message);
            }
            let reply = ErrorReply::denied(self.wire, &told);
            ServiceError::new(reply.code, reply.status, reply.message)
        })
    }
}

/// In AWS's words: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
fn sentence(principal: &str, refusal: &Refusal) -> String {
    let Refusal { action, resource, is_explicit, kind, .. } = refusal;
    let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
    let words = kind.words();
    let because = match (is_explicit, kind) {
        (true, PolicyKind::Identity) => format!("with an explicit deny in an {words}"),
        (true, _) => format!("with an explicit deny in a {words}"),
        (false, _) => format!("because no {words} allows the {action} action"),
    };
    format!("User: {principal} is not authorized to perform: {action}{on} {because}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_services_iam::policy::Facts;

    #[test]
    fn refusals_are_in_the_words_of_aws() {
        let refusal = |resource: &str, is_explicit, kind| Refusal {
            action: "ec2:RunInstances".to_owned(),
            resource: resource.to_owned(),
            is_explicit,
            kind,
            facts: Facts::default(),
        };
        for (refusal, end) in [
            (
                refusal("*", false, PolicyKind::Identity),
                "because no identity-based policy allows the ec2:RunInstances action",
            ),
            (refusal("*", true, PolicyKind::Identity), "with an explicit deny in an identity-based policy"),
            (
                refusal("arn", false, PolicyKind::Boundary),
                "on resource: arn because no permissions boundary allows the ec2:RunInstances action",
            ),
            (
                refusal("arn", true, PolicyKind::Session),
                "on resource: arn with an explicit deny in a session policy",
            ),
        ] {
            let expected = format!("User: alice is not authorized to perform: ec2:RunInstances {end}");
            assert_eq!(sentence("alice", &refusal), expected);
        }
    }
}
