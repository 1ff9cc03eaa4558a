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

/// What a request takes: one token of its action's bucket, and of some actions one more for each instance.
pub(super) type Price = Vec<(Name, u32)>;

/// What `account` pays for a request of an action.
fn price(
    account: &AccountId,
    service: &'static str,
    entry: &OperationEntry,
    parts: &Parts,
    body: &[u8],
) -> Price {
    let reads = matches!(entry.action, Action::Read(_));
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let narrowed = || is_narrowed(query) || is_narrowed(body);
    let class = Class::of(service, entry.name, reads, narrowed);
    let of = |class| Name { account: account.clone(), service, action: entry.name, class };
    let mut price = vec![(of(class), 1)];
    if Class::counts_instances(service, entry.name) {
        price.push((of(Class::Instances), instances(query).max(instances(body))));
    }
    price
}

/// How many instances a form is about: those it names, or as many as it starts at most.
fn instances(form: &[u8]) -> u32 {
    let mut named = 0_u32;
    for parameter in form.split(|byte| *byte == b'&') {
        if let Some(count) = parameter.strip_prefix(b"MaxCount=") {
            return std::str::from_utf8(count).ok().and_then(|count| count.parse().ok()).unwrap_or(1);
        }
        named += u32::from(parameter.starts_with(b"InstanceId."));
    }
    named.max(1)
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

    /// Takes everything a request costs, or nothing and says how long it is until there is enough.
    fn pay(&self, price: &Price, now: Duration) -> Result<(), Duration> {
        for (paid, (name, tokens)) in price.iter().enumerate() {
            if let Err(wait) = self.take(name, *tokens, now) {
                self.give_back(&price[..paid]);
                return Err(wait);
            }
        }
        Ok(())
    }

    /// Takes tokens; a full bucket gives what it has to whoever asks for more than it holds.
    fn take(&self, name: &Name, tokens: u32, now: Duration) -> Result<(), Duration> {
        let Some(rate) = self.rate(name) else { return Ok(()) };
        // A panic while holding the map leaves it whole: each bucket is written at once.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let known = buckets.get(name).copied();
        if known.is_none() {
            self.make_room(&mut buckets, now);
        }
        let mut bucket =
            known.map_or(Bucket { tokens: rate.burst(), at: now }, |known| known.filled(rate, now));
        let needed = f64::from(tokens).min(rate.burst());
        let missing = needed - bucket.tokens;
        if missing <= 0.0 {
            bucket.tokens -= needed;
        }
        buckets.insert(name.clone(), bucket);
        if missing <= 0.0 { Ok(()) } else { Err(Duration::from_secs_f64(missing / rate.per_second)) }
    }

    /// Puts tokens back that were taken for nothing.
    fn give_back(&self, price: &[(Name, u32)]) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, tokens) in price {
            if let (Some(bucket), Some(rate)) = (buckets.get_mut(name), self.rate(name)) {
                bucket.tokens = (bucket.tokens + f64::from(*tokens)).min(rate.burst());
            }
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
    /// Takes what a request costs out of its account's buckets, and answers what that was.
    pub(super) fn take_tokens(
        &self,
        caller: &Caller,
        service: &'static WireService,
        entry: &OperationEntry,
        parts: &Parts,
        body: &[u8],
    ) -> Result<Price, Refusal> {
        let Some(throttle) = &self.throttle else { return Ok(Price::new()) };
        let price = price(&caller.account, service.name(), entry, parts, body);
        match throttle.pay(&price, self.house.runtime.monotonic()) {
            Ok(()) => Ok(price),
            Err(wait) => Err(ErrorReply::throttled(Some(service), wait.as_secs_f64().ceil() as u64).into()),
        }
    }

    /// A request that another member answers takes its tokens there.
    pub(super) fn passed_on(&self, refusal: Refusal, price: &Price) -> Refusal {
        if let (Refusal::Elsewhere(_), Some(throttle)) = (&refusal, &self.throttle) {
            throttle.give_back(price);
        }
        refusal
    }
}
