//! Failed attempts and the pauses after them.

use crate::backend::BackendError;
use crate::backoff::Backoff;
use crate::instance::Failure;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// One thing with at most one job at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// All networks of the node.
    Network,
    /// An image, by digest.
    Image(String),
    /// An instance, by id.
    Instance(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => f.write_str("network"),
            Self::Image(digest) => write!(f, "image {digest}"),
            Self::Instance(id) => write!(f, "instance {id}"),
        }
    }
}

/// Failures by subject. A failure counts only for the desired state it happened with (`about`): once that changes,
/// the next attempt is the first.
pub(super) struct Attempts {
    backoff: Backoff,
    failed: BTreeMap<Subject, Attempt>,
}

struct Attempt {
    about: Vec<u8>,
    failures: u32,
    not_before: Duration,
    error: BackendError,
}

impl Attempts {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { backoff, failed: BTreeMap::new() }
    }

    pub(super) fn failed(
        &mut self,
        subject: Subject,
        about: Vec<u8>,
        error: BackendError,
        now: Duration,
        random: u64,
    ) {
        let before = self.failed.get(&subject).filter(|attempt| attempt.about == about);
        let failures = before.map_or(0, |attempt| attempt.failures).saturating_add(1);
        let not_before = now + self.backoff.delay(failures, random);
        self.failed.insert(subject, Attempt { about, failures, not_before, error });
    }

    pub(super) fn succeeded(&mut self, subject: &Subject) {
        self.failed.remove(subject);
    }

    /// Keeps only what still concerns the node, so that the map cannot grow.
    pub(super) fn retain(&mut self, concerns: impl Fn(&Subject) -> bool) {
        self.failed.retain(|subject, _| concerns(subject));
    }

    /// How the last attempt on `subject` failed, if it was about the same desired state. What it is about now is asked for
    /// only then: most things never fail, and every pass asks of each.
    pub(super) fn failure(
        &self,
        subject: &Subject,
        about: impl FnOnce() -> Vec<u8>,
        now: Duration,
    ) -> Option<Failure> {
        let attempt = self.failed.get(subject)?;
        if attempt.about != about() {
            return None;
        }
        Some(Failure {
            reason: attempt.error.to_string(),
            permanent: matches!(attempt.error, BackendError::Permanent(_)),
            ready: attempt.not_before <= now,
        })
    }

    /// When the next pause ends.
    pub(super) fn next(&self, now: Duration) -> Option<Duration> {
        self.failed.values().map(|attempt| attempt.not_before).filter(|at| *at > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(4) };

    #[test]
    fn pauses_grow_per_subject_and_end_with_success_or_another_desired_state() {
        let mut attempts = Attempts::new(BACKOFF);
        let (one, two) = (Subject::Instance("i-1".into()), Subject::Instance("i-2".into()));
        let error = || BackendError::Retry("busy".into());
        let seconds = Duration::from_secs;
        attempts.failed(one.clone(), vec![1], error(), seconds(10), 0);
        assert_eq!(attempts.next(seconds(10)), Some(seconds(11)));
        attempts.failed(one.clone(), vec![1], error(), seconds(11), 0);
        assert_eq!(attempts.next(seconds(11)), Some(seconds(13)));
        assert!(!attempts.failure(&one, || vec![1], seconds(12)).unwrap().ready);
        assert!(attempts.failure(&one, || vec![1], seconds(13)).unwrap().ready);
        assert_eq!(attempts.failure(&one, || vec![2], seconds(12)), None, "another desired state");
        assert_eq!(attempts.failure(&two, || vec![1], seconds(12)), None);
        attempts.failed(one.clone(), vec![2], error(), seconds(20), 0);
        assert_eq!(attempts.next(seconds(20)), Some(seconds(21)), "counts from one again");
        attempts.succeeded(&one);
        assert_eq!(
            (attempts.failure(&one, || vec![2], seconds(20)), attempts.next(seconds(20))),
            (None, None)
        );
    }

    #[test]
    fn what_no_longer_concerns_is_forgotten() {
        let mut attempts = Attempts::new(BACKOFF);
        attempts.failed(Subject::Network, vec![], BackendError::Permanent("x".into()), Duration::ZERO, 0);
        assert!(attempts.failure(&Subject::Network, Vec::new, Duration::ZERO).unwrap().permanent);
        attempts.retain(|_| false);
        assert_eq!(attempts.failure(&Subject::Network, Vec::new, Duration::ZERO), None);
    }
}
