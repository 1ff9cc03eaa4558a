//! The model file as written by `import-models`.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ModelFile {
    pub(super) api_version: String,
    pub(super) endpoint_prefix: String,
    #[serde(default)]
    pub(super) global_endpoint: Option<String>,
    pub(super) protocol: String,
    /// Of the JSON protocols: `1.0` or `1.1`.
    pub(super) json_version: Option<String>,
    /// Of the JSON protocols: what stands before the operation's name in `X-Amz-Target`.
    #[serde(default)]
    pub(super) target_prefix: String,
    /// The service also speaks Smithy's RPC in CBOR.
    #[serde(default)]
    pub(super) cbor: bool,
    /// The service once spoke the query protocol, and its errors still carry those codes.
    #[serde(default)]
    pub(super) query_compatible: bool,
    pub(super) signing_name: String,
    #[serde(default)]
    pub(super) xml_namespace: Option<String>,
    pub(super) operations: BTreeMap<String, OperationEntry>,
    /// Operations known by name; REST protocols add method and path.
    pub(super) others: BTreeMap<String, Vec<String>>,
    pub(super) errors: BTreeMap<String, ErrorEntry>,
    pub(super) shapes: BTreeMap<String, ShapeEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OperationEntry {
    pub(super) method: String,
    pub(super) request_uri: String,
    pub(super) response_code: Option<u16>,
    pub(super) input: Option<String>,
    pub(super) input_name: Option<String>,
    pub(super) output: Option<String>,
    pub(super) result_wrapper: Option<String>,
    #[serde(default)]
    pub(super) errors: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct ErrorEntry {
    pub(super) code: String,
    pub(super) status: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ShapeEntry {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) members: BTreeMap<String, MemberEntry>,
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// Of REST protocols: the member that is the whole body.
    pub(super) payload: Option<String>,
    pub(super) member: Option<MemberEntry>,
    #[serde(default)]
    pub(super) flattened: bool,
    /// A list of entries that the protocols with maps of their own write as one.
    #[serde(default)]
    pub(super) map: bool,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) pattern: Option<String>,
    #[serde(default)]
    pub(super) sensitive: bool,
    pub(super) timestamp_format: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberEntry {
    pub(super) shape: String,
    pub(super) location: Option<String>,
    pub(super) location_name: Option<String>,
    pub(super) query_name: Option<String>,
    #[serde(default)]
    pub(super) flattened: bool,
    pub(super) timestamp_format: Option<String>,
}

impl ShapeEntry {
    /// A structure without members.
    pub(super) fn nothing() -> Self {
        Self {
            kind: "structure".to_owned(),
            members: BTreeMap::new(),
            required: Vec::new(),
            payload: None,
            member: None,
            flattened: false,
            map: false,
            values: Vec::new(),
            min: None,
            max: None,
            pattern: None,
            sensitive: false,
            timestamp_format: None,
        }
    }
}
