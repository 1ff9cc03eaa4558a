//! Caller references that outlive what they made.
//!
//! A zone's is never usable again, a health check's only after some days: a client that repeats an old request by mistake must not
//! get a second one of what somebody deleted on purpose. Records and not a flag at the resource, because the resource is gone.

mod types;

pub(crate) use types::UsedCallerReference;

use controlplane_services_kernel::{Context, Reader};
use std::time::Duration;

/// How long the reference of a deleted health check is remembered.
const HEALTH_CHECK_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Outdated ones that one deletion takes along; more than come in, so they do not add up.
const FORGOTTEN_AT_ONCE: usize = 10;

/// Whose reference it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// A hosted zone.
    HostedZone,
    /// A health check.
    HealthCheck,
}

impl Of {
    fn id(self, reference: &str) -> String {
        let kind = match self {
            Self::HostedZone => "hostedzone",
            Self::HealthCheck => "healthcheck",
        };
        format!("{kind}/{reference}")
    }
}

/// Whether the reference made something that is gone.
pub(crate) fn is_used(of: Of, reference: &str, cx: &Reader) -> bool {
    let used = cx.get::<UsedCallerReference>(&of.id(reference));
    used.is_some_and(|used| used.until.is_none_or(|until| until > cx.now))
}

/// Remembers the reference of something that goes away.
pub(crate) fn remember(of: Of, reference: &str, cx: &mut Context) {
    let outdated: Vec<String> = cx
        .list::<UsedCallerReference>()
        .filter(|used| used.until.is_some_and(|until| until <= cx.now))
        .take(FORGOTTEN_AT_ONCE)
        .map(|used| used.key.id().to_owned())
        .collect();
    for id in outdated {
        cx.delete::<UsedCallerReference>(&id);
    }
    let until = match of {
        Of::HostedZone => None,
        Of::HealthCheck => Some(cx.now + HEALTH_CHECK_KEPT),
    };
    cx.put(&of.id(reference), UsedCallerReference { until });
}
