//! Small members and answers that many actions share.

use serde::{Deserialize, Serialize};

/// A boolean wrapped in a structure, as `Modify*Attribute` actions have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeBooleanValue {
    /// The value; absent means `false`, as at AWS.
    #[serde(default)]
    pub value: bool,
}

/// A text wrapped in a structure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeValue {
    /// The value; absent means empty.
    #[serde(default)]
    pub value: String,
}

/// Bytes wrapped in a structure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlobAttributeValue {
    /// Decoded; absent means empty.
    #[serde(default)]
    pub value: Vec<u8>,
}

/// The answer of an action whose model has none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NoOutput {}

/// The answer of an action that only says it worked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReturnOutput {
    /// Always `true`; what did not work is an error.
    pub r#return: bool,
}

/// It worked.
pub const DONE: ReturnOutput = ReturnOutput { r#return: true };
