//! What an action is about to do to what: the questions that policies are asked before it runs.
//!
//! An action says it itself ([`crate::Operation::accesses`]) where it knows more than its input tells (a launch through a
//! template), and else its service says it for all of them ([`crate::Service::accesses`]) from the members of the input, so that
//! an action nobody thought of is asked about too. All of them have to be allowed. The answer that nothing is to be asked is for
//! actions that need no permission, or that ask by themselves (`AssumeRole` asks the role).

use crate::Reader;
use serde_json::Value;

/// One question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// `iam:PassRole`, where it is another action than the one that runs.
    pub action: Option<&'static str>,
    /// ARN; `*` for no resource in particular.
    pub resource: String,
    /// Values by condition key, beyond what is known of every request.
    pub facts: Vec<(String, Vec<String>)>,
}

impl Access {
    /// The action that runs, on the resource with this ARN.
    pub fn to(resource: impl Into<String>) -> Self {
        Self { resource: resource.into(), ..Self::default() }
    }

    /// The action that runs, on no resource in particular.
    pub fn anything() -> Self {
        Self::to("*")
    }

    /// The same as another action.
    pub fn by(self, action: &'static str) -> Self {
        Self { action: Some(action), ..self }
    }

    /// The same, with a condition key's value.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((key.into(), vec![value.into()]));
        self
    }

    /// The same, with all values of a condition key that may have several.
    pub fn with_all(mut self, key: impl Into<String>, values: Vec<String>) -> Self {
        self.facts.push((key.into(), values));
        self
    }
}

/// A service's way from an action's name and input, members under AWS's names, to the questions.
pub type Rule = fn(&str, &Value, &Reader) -> Vec<Access>;

/// The rule of a service whose actions concern no resource in particular.
pub fn anything(_: &str, _: &Value, _: &Reader) -> Vec<Access> {
    vec![Access::anything()]
}

/// The tags a request gives, as the condition keys `aws:RequestTag/KEY` and `aws:TagKeys`.
pub fn request_tags<'t>(access: Access, tags: impl Iterator<Item = (&'t str, &'t str)> + Clone) -> Access {
    let keys: Vec<String> = tags.clone().map(|(key, _)| key.to_owned()).collect();
    if keys.is_empty() {
        return access;
    }
    let with_keys = access.with_all("aws:TagKeys", keys);
    tags.fold(with_keys, |access, (key, value)| access.with(format!("aws:RequestTag/{key}"), value))
}
