//! Which resources a statement is about: ARNs with wildcards, segment by segment.

use super::decide::Facts;
use super::key::ContextKey;
use super::pattern::{BadVariable, Pattern};

/// `arn:partition:service:region:account:resource`.
const SEGMENTS: usize = 6;

/// A resource of a statement, or the ARN of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ResourcePattern {
    /// `*`
    All,
    Arn(Box<[Pattern; SEGMENTS]>),
}

/// Why a text is no resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadResource {
    NotAnArn,
    Variable,
}

impl From<BadVariable> for BadResource {
    fn from(_: BadVariable) -> Self {
        Self::Variable
    }
}

impl ResourcePattern {
    /// Segments that are left out at the end are any.
    pub(super) fn parse(text: &str, variables: bool) -> Result<Self, BadResource> {
        if text == "*" {
            return Ok(Self::All);
        }
        let mut segments = split(text);
        if segments.first() != Some(&"arn") || segments.len() < 2 {
            return Err(BadResource::NotAnArn);
        }
        segments.resize(SEGMENTS, "*");
        let patterns: Vec<Pattern> = segments
            .into_iter()
            .map(|segment| Pattern::parse(segment, variables))
            .collect::<Result<_, _>>()?;
        let patterns: [Pattern; SEGMENTS] = patterns.try_into().map_err(|_| BadResource::NotAnArn)?;
        Ok(Self::Arn(Box::new(patterns)))
    }

    /// The keys whose values it needs.
    pub(super) fn variables(&self) -> impl Iterator<Item = &ContextKey> {
        let patterns = match self {
            Self::All => &[][..],
            Self::Arn(patterns) => &patterns[..],
        };
        patterns.iter().flat_map(Pattern::variables)
    }

    /// Whether it means the resource `arn`; `*` in a request stands for no resource in particular, which only `*` means.
    pub(super) fn matches(&self, arn: &str, facts: &Facts) -> bool {
        let Self::Arn(patterns) = self else { return true };
        let segments = split(arn);
        if segments.len() != SEGMENTS {
            return false;
        }
        patterns.iter().zip(segments).all(|(pattern, segment)| pattern.matches(segment, false, facts))
    }
}

/// At the first five colons that are not inside a variable (`${aws:username}`).
fn split(text: &str) -> Vec<&str> {
    let mut segments = Vec::with_capacity(SEGMENTS);
    let (mut start, mut inside) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if text[..at].ends_with('$') => inside = true,
            b'}' => inside = false,
            b':' if !inside && segments.len() < SEGMENTS - 1 => {
                segments.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(&text[start..]);
    segments
}
