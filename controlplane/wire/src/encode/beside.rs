//! What of a REST message is not in a document: headers, the parts of the target, the status, a body that is one member.

use super::emit::EncodeError;
use crate::model::{Location, Member};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Collects it.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Label and query members, which only requests have.
    pub(crate) addressed: Vec<(&'static Member, String)>,
    /// The status, where a member says it.
    pub(crate) status: Option<u16>,
    /// The body, where one member is all of it.
    pub(crate) body: Option<Vec<u8>>,
}

impl Beside {
    /// Takes a member that travels outside the body; `key` is an entry's, where the member is a map.
    pub(super) fn put(
        &mut self,
        member: &'static Member,
        key: &str,
        text: String,
    ) -> Result<(), EncodeError> {
        match member.location {
            Location::Header | Location::Prefix => self.header(&format!("{}{key}", member.element), &text)?,
            Location::Status => {
                let status = text.parse().map_err(|_| EncodeError(format!("{text} is no status")))?;
                self.status = Some(status);
            }
            _ => self.addressed.push((member, text)),
        }
        Ok(())
    }

    /// Sets the headers of a message. What a member says of its type takes the place of ours.
    pub(crate) fn set_headers(self, headers: &mut HeaderMap) {
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
    }

    fn header(&mut self, name: &str, text: &str) -> Result<(), EncodeError> {
        let broken = |_| EncodeError(format!("header {name} cannot hold its value"));
        let value = HeaderValue::from_str(text).map_err(|error| broken(error.to_string()))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| broken(error.to_string()))?;
        self.headers.push((name, value));
        Ok(())
    }
}
