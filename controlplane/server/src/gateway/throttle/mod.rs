//! So much and no more: token buckets per account and action, as EC2 has them.
//!
//! A request takes a token out of the bucket of its action before anything of it is read; an empty bucket refuses it in
//! the words of its service, with the time until there is a token again. Whose request it is must be known by then, so a
//! stranger empties nobody's buckets. Nothing is limited unless the server was told [`Limits`].
//!
//! Buckets are this member's own: what two members answer counts twice as generously, and a new leader begins with full
//! ones. Buckets in the log were rejected: a write for each read is a dear way to say no. A member that passes a write on
//! puts the token back, since the leader takes one.
//!
//! What readers get wrong: this is not what keeps the server from drowning. `admission` does that, always and fairly;
//! limits make clients meet the refusals they would meet at AWS.

mod limits;
#[cfg(test)]
mod tests;

pub use limits::{Class, Limits, Rate, WrongLimits};

use super::{Gateway, Refusal};
use bytes::Bytes;
use controlplane_services_kernel::service::Action;
use controlplane_services_kernel::{Caller, OperationEntry};
use controlplane_types::AccountId;
use controlplane_wire::ErrorReply;
use controlplane_wire::model::Service as WireService;
use http::request::Parts;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Far more than an account has actions; who has more accounts than that shares what is there.
const MAX_BUCKETS: usize = 20_000;

/// Whose bucket, and of what: an action that is asked without a filter has another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    account: AccountId,
    service: &'static str,
    action: &'static str,
    class: Class,
}

impl Name {
    /// The bucket a request takes from.
    pub(super) fn of(
        account: &AccountId,
        service: &'static str,
        entry: &OperationEntry,
        parts: &Parts,
        body: &[u8],
    ) -> Self {
        let reads = matches!(entry.action, Action::Read(_));
        let narrowed = || is_narrowed(parts.uri.query().unwrap_or_default().as_bytes()) || is_narrowed(body);
        let class = Class::of(service, entry.name, reads, narrowed);
        Self { account: account.clone(), service, action: entry.name, class }
    }
}

/// Whether a form asks for a page or has a filter.
fn is_narrowed(form: &[u8]) -> bool {
    let mut parameters = form.split(|byte| *byte == b'&');
    parameters.any(|parameter| {
        [&b"Filter."[..], b"MaxResults=", b"NextToken="].iter().any(|start| parameter.starts_with(start))
    })
}

/// What is left, and when that was known.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Bucket {
    fn filled(self, rate: Rate, now: Duration) -> Self {
        let gained = now.saturating_sub(self.at).as_secs_f64() * rate.per_second;
        Self { tokens: (self.tokens + gained).min(rate.burst()), at: now }
    }
}

/// The buckets of one member.
pub(super) struct Throttle {
    limits: Limits,
    buckets: Mutex<BTreeMap<Name, Bucket>>,
}

impl Throttle {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, buckets: Mutex::default() }
    }

    /// Takes a token, or says how long it is until there is one.
    pub(super) fn take(&self, name: &Name, now: Duration) -> Result<(), Duration> {
        let Some(rate) = self.rate(name) else { return Ok(()) };
        // A panic while holding the map leaves it whole: each bucket is written at once.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let known = buckets.get(name).copied();
        if known.is_none() {
            self.make_room(&mut buckets, now);
        }
        let mut bucket =
            known.map_or(Bucket { tokens: rate.burst(), at: now }, |known| known.filled(rate, now));
        let taken = bucket.tokens >= 1.0;
        if taken {
            bucket.tokens -= 1.0;
        }
        buckets.insert(name.clone(), bucket);
        if taken { Ok(()) } else { Err(Duration::from_secs_f64((1.0 - bucket.tokens) / rate.per_second)) }
    }

    /// Puts a token back that was taken for nothing.
    pub(super) fn give_back(&self, name: &Name) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(bucket), Some(rate)) = (buckets.get_mut(name), self.rate(name)) {
            bucket.tokens = (bucket.tokens + 1.0).min(rate.burst());
        }
    }

    fn rate(&self, name: &Name) -> Option<Rate> {
        self.limits.rate(name.service, name.action, name.class)
    }

    /// A full bucket says nothing that a missing one does not; after these the one longest unused goes.
    fn make_room(&self, buckets: &mut BTreeMap<Name, Bucket>, now: Duration) {
        if buckets.len() < MAX_BUCKETS {
            return;
        }
        buckets.retain(|name, bucket| {
            self.rate(name).is_some_and(|rate| bucket.filled(rate, now).tokens < rate.burst())
        });
        while buckets.len() >= MAX_BUCKETS {
            let oldest = buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { return };
            buckets.remove(&oldest);
        }
    }
}

impl Gateway {
    /// Takes a token for the request out of its account's bucket, and answers which that is.
    pub(super) fn take_token(
        &self,
        caller: &Caller,
        service: &'static WireService,
        entry: &OperationEntry,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Option<Name>, Refusal> {
        let Some(throttle) = &self.throttle else { return Ok(None) };
        let bucket = Name::of(&caller.account, service.name(), entry, parts, body);
        match throttle.take(&bucket, self.house.runtime.monotonic()) {
            Ok(()) => Ok(Some(bucket)),
            Err(wait) => Err(ErrorReply::throttled(Some(service), wait.as_secs_f64().ceil() as u64).into()),
        }
    }

    /// A request that another member answers takes its token there.
    pub(super) fn passed_on(&self, refusal: Refusal, bucket: Option<Name>) -> Refusal {
        if let (Refusal::Elsewhere(_), Some(throttle), Some(bucket)) = (&refusal, &self.throttle, bucket) {
            throttle.give_back(&bucket);
        }
        refusal
    }
}
