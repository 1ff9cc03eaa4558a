use crate::dry_run::may_dry_run;
use crate::instance::Instance;
use crate::resource::require;
use controlplane_services_kernel::{Need, Query, Reader, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html>
///
/// The agent has the output, the record does not: the server asks the node and puts the answer into [`Reader::found`].
/// An instance that never ran anywhere has written nothing.
pub(crate) struct GetConsoleOutput;

/// What a caller asks.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetConsoleOutputInput {
    instance_id: String,
    /// AWS buffers output unless this is said; here it always is the latest.
    latest: Option<bool>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(GetConsoleOutputInput);

/// What is answered.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetConsoleOutputOutput {
    instance_id: String,
    timestamp: Timestamp,
    /// Base64; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

impl Query for GetConsoleOutput {
    const NAME: &'static str = "GetConsoleOutput";
    type Input = GetConsoleOutputInput;
    type Output = GetConsoleOutputOutput;

    fn needs(input: &GetConsoleOutputInput, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        Ok(need(input, cx)?.into_iter().collect())
    }

    fn run(input: &GetConsoleOutputInput, cx: &Reader) -> Result<GetConsoleOutputOutput, ServiceError> {
        let found = need(input, cx)?.and_then(|need| cx.found.get(&need));
        let output = found.and_then(|text| text.as_str()).filter(|text| !text.is_empty());
        Ok(GetConsoleOutputOutput {
            instance_id: input.instance_id.clone(),
            timestamp: cx.now,
            output: output.map(str::to_owned),
        })
    }
}

fn need(input: &GetConsoleOutputInput, cx: &Reader) -> Result<Option<Need>, ServiceError> {
    let instance = require::<Instance>(&input.instance_id, cx)?;
    let instance_id = input.instance_id.clone();
    Ok(instance.node.clone().map(|node| Need::ConsoleOutput { instance_id, node }))
}
