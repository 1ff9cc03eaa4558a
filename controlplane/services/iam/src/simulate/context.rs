//! Context entries: what a request says is known.

use crate::errors;
use crate::policy::Facts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_services_kernel::ServiceError;
use controlplane_types::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// One key and its values.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContextEntry {
    context_key_name: Option<String>,
    context_key_values: Option<Vec<String>>,
    context_key_type: Option<ContextKeyType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ContextKeyType {
    String,
    StringList,
    Numeric,
    NumericList,
    Boolean,
    BooleanList,
    Ip,
    IpList,
    Binary,
    BinaryList,
    Date,
    DateList,
}

impl ContextKeyType {
    fn is_list(self) -> bool {
        use ContextKeyType::{BinaryList, BooleanList, DateList, IpList, NumericList, StringList};
        matches!(self, StringList | NumericList | BooleanList | IpList | BinaryList | DateList)
    }

    fn takes(self, value: &str) -> bool {
        match self {
            Self::String | Self::StringList => true,
            Self::Numeric | Self::NumericList => value.parse::<f64>().is_ok(),
            Self::Boolean | Self::BooleanList => matches!(value, "true" | "false"),
            Self::Ip | Self::IpList => value.parse::<IpAddr>().is_ok() || value.parse::<IpNet>().is_ok(),
            Self::Binary | Self::BinaryList => STANDARD.decode(value).is_ok(),
            Self::Date | Self::DateList => {
                Timestamp::parse_iso8601(value).is_some() || value.parse::<u64>().is_ok()
            }
        }
    }
}

impl ContextEntry {
    /// Adds what the entry says.
    pub(super) fn add_to(&self, facts: &mut Facts) -> Result<(), ServiceError> {
        let Self {
            context_key_name: Some(key),
            context_key_values: Some(values),
            context_key_type: Some(kind),
        } = self
        else {
            return Err(errors::invalid_simulation(
                "A context entry needs ContextKeyName, ContextKeyValues and ContextKeyType.",
            ));
        };
        if values.is_empty() || (values.len() > 1 && !kind.is_list()) {
            let message =
                format!("Context key {key} is of a type that takes one value; {} are given.", values.len());
            return Err(errors::invalid_simulation(message));
        }
        if let Some(value) = values.iter().find(|value| !kind.takes(value)) {
            let message = format!("The value {value} of context key {key} is not of its type.");
            return Err(errors::invalid_simulation(message));
        }
        facts.set_all(key, values.iter().cloned());
        Ok(())
    }
}
