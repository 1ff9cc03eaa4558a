//! Reading manifests: YAML or JSON, several documents in one text.

use super::invalid;
use crate::ServiceError;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One document.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The AWS noun: `vpc`, `AutoScalingGroup`, `record_set`; case and separators do not matter.
    pub kind: String,
    /// Name and region.
    pub metadata: Metadata,
    /// The kind's spec.
    #[serde(default)]
    pub spec: Map<String, Value>,
}

/// What identifies a document.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Unique per kind in its set and region.
    pub name: String,
    /// Where the record belongs; the region of whoever applies it when absent. Kinds of no region (users, hosted zones)
    /// have none.
    #[serde(default)]
    pub region: Option<String>,
}

/// Reads every document of a text. Only `true` and `false` are booleans: a name may be `y` or `on`. Empty documents (a comment, a trailing `---`) are left out.
pub fn parse(text: &str) -> Result<Vec<Document>, ServiceError> {
    let options = serde_saphyr::options! { strict_booleans: true };
    let values: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| invalid(format!("not valid YAML or JSON: {error}")))?;
    values
        .into_iter()
        .enumerate()
        .filter(|(_, value)| !value.is_null())
        .map(|(index, value)| {
            let document: Document = serde_path_to_error::deserialize(value).map_err(|error| {
                invalid(format!("document {}: {}: {}", index + 1, error.path(), error.inner()))
            })?;
            check_name(&document)?;
            Ok(document)
        })
        .collect()
}

fn check_name(document: &Document) -> Result<(), ServiceError> {
    let name = &document.metadata.name;
    if name.is_empty() || name.len() > 255 || name.contains('/') || name.chars().any(char::is_control) {
        return Err(invalid(format!(
            "{}: metadata.name: {name:?} must have 1 to 255 characters, no '/' and no control characters",
            document.kind
        )));
    }
    Ok(())
}

/// Whether `text` (`AutoScalingGroup`, `auto-scaling-group`) means the kind `name` (`auto_scaling_group`).
pub fn kind_matches(name: &str, text: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
    };
    plain(name) == plain(text)
}
