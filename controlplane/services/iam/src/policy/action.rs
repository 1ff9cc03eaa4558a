//! Which actions a statement is about.

use super::decide::Facts;
use super::pattern::Pattern;

/// `service:Action`, both with wildcards, without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ActionPattern {
    /// `*`
    All,
    Of {
        service: Pattern,
        action: Pattern,
    },
}

impl ActionPattern {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let (service, action) = text.split_once(':')?;
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '*' | '?' | '_' | '.' | ':');
        if service.is_empty() || action.is_empty() || !service.chars().chain(action.chars()).all(fine) {
            return None;
        }
        let pattern = |text| Pattern::parse(text, false).ok();
        Some(Self::Of { service: pattern(service)?, action: pattern(action)? })
    }

    /// Whether it means `service:action`.
    pub(super) fn matches(&self, service: &str, action: &str) -> bool {
        // No variable stands in an action.
        let none = Facts::default();
        match self {
            Self::All => true,
            Self::Of { service: own, action: pattern } => {
                own.matches(service, true, &none) && pattern.matches(action, true, &none)
            }
        }
    }
}
