//! The members of one JSON object of a document, taken one by one, so that one that nobody asked for is told of. Numbers and
//! booleans may be written as text, in both versions of the format.

use crate::errors;
use controlplane_services_kernel::ServiceError;
use serde_json::{Map, Value};

/// An object and where it stands.
pub(super) struct Members {
    path: String,
    members: Map<String, Value>,
}

impl Members {
    pub(super) fn of(path: impl Into<String>, value: Value) -> Result<Self, ServiceError> {
        let path = path.into();
        match value {
            Value::Object(members) => Ok(Self { path, members }),
            _ => Err(errors::invalid_traffic_policy_document(format!("{path} is not an object"))),
        }
    }

    pub(super) fn invalid(&self, what: impl AsRef<str>) -> ServiceError {
        errors::invalid_traffic_policy_document(format!("{}: {}", self.path, what.as_ref()))
    }

    /// A text, or a number or boolean as text.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ServiceError> {
        match self.members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(Some(value.to_string())),
            Some(_) => Err(self.invalid(format!("{name} is not a text"))),
        }
    }

    pub(super) fn needed(&mut self, name: &str) -> Result<String, ServiceError> {
        self.text(name)?.ok_or_else(|| self.invalid(format!("{name} is missing")))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, ServiceError> {
        match self.text(name)?.as_deref() {
            Some("true") => Ok(true),
            None | Some("false") => Ok(false),
            Some(other) => Err(self.invalid(format!("{name} is {other}, not true or false"))),
        }
    }

    pub(super) fn number<N: std::str::FromStr>(&mut self, name: &str) -> Result<Option<N>, ServiceError> {
        let text = self.text(name)?;
        text.map(|text| text.parse().map_err(|_| self.invalid(format!("{name} cannot be {text}"))))
            .transpose()
    }

    pub(super) fn object(&mut self, name: &str) -> Result<Option<Members>, ServiceError> {
        let path = format!("{}.{name}", self.path);
        self.members.remove(name).map(|value| Members::of(path, value)).transpose()
    }

    /// The objects of a list.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Members>, ServiceError> {
        match self.members.remove(name) {
            Some(Value::Array(items)) if !items.is_empty() => {
                let items = items.into_iter().enumerate();
                items.map(|(at, item)| Members::of(format!("{}.{name}[{at}]", self.path), item)).collect()
            }
            _ => Err(self.invalid(format!("{name} must be a list with something in it"))),
        }
    }

    /// Every member with its name.
    pub(super) fn all(self) -> Result<Vec<(String, Members)>, ServiceError> {
        let path = self.path;
        let members = self.members.into_iter();
        members
            .map(|(name, value)| Ok((name.clone(), Members::of(format!("{path}.{name}"), value)?)))
            .collect()
    }

    /// Nothing may be left.
    pub(super) fn done(self) -> Result<(), ServiceError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.invalid(format!("{name} has no meaning here"))),
        }
    }
}
