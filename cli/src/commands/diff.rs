use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::{ApplyRequest, ApplyResult};
use serde_json::Value;
use similar::TextDiff;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what apply would change; exit code 1 if that is anything
///
/// Example: hearth diff -f manifests/examples/two-tier/
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// File, folder (every .yaml, .yml and .json in it) or - for standard input
    #[arg(short, long, required = true, value_name = "FILE|DIR|-")]
    filename: Vec<PathBuf>,
    /// Name of the set the documents belong to
    #[arg(long, default_value = "default")]
    apply_set: String,
}

impl Diff {
    pub(crate) async fn run(self, target: &Target) -> Result<ExitCode, CliError> {
        let request = ApplyRequest {
            documents: super::apply::documents(&self.filename)?,
            dry_run: true,
            apply_set: self.apply_set,
            ..ApplyRequest::default()
        };
        let response = target.connect().await?.apply(request).await?.into_inner();
        let differences = response.results.iter().map(difference).collect::<Result<Vec<_>, _>>()?;
        let text = differences.concat();
        output::write(&text)?;
        Ok(if text.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn difference(result: &ApplyResult) -> Result<String, CliError> {
    let (before, after) = (wanted(&result.before)?, wanted(&result.after)?);
    let what = format!("{}/{}", result.kind, result.name);
    let diff = TextDiff::from_lines(&before, &after);
    Ok(diff.unified_diff().header(&format!("{what} as it is"), &format!("{what} as it would be")).to_string())
}

fn wanted(object: &str) -> Result<String, CliError> {
    if object.is_empty() {
        return Ok(String::new());
    }
    let object: Value = serde_json::from_str(object)
        .map_err(|error| CliError::failed("the server sent a record that cannot be read", &error))?;
    output::yaml(&output::manifest(&object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn result(before: Value, after: Value) -> ApplyResult {
        let text = |value: Value| if value.is_null() { String::new() } else { value.to_string() };
        ApplyResult {
            kind: "vpc".to_owned(),
            name: "shop".to_owned(),
            before: text(before),
            after: text(after),
            ..ApplyResult::default()
        }
    }

    fn vpc(dns: bool, id: &str) -> Value {
        json!({"kind": "vpc", "metadata": {"name": "shop", "id": id}, "spec": {"dns": dns}, "status": {"id": id}})
    }

    #[test]
    fn only_what_a_manifest_says_is_compared() {
        assert_eq!(difference(&result(vpc(true, "a"), vpc(true, "b"))).unwrap(), "");
    }

    #[test]
    fn changes_and_new_records_are_shown() {
        let changed = difference(&result(vpc(true, "a"), vpc(false, "a"))).unwrap();
        assert!(changed.starts_with("--- vpc/shop as it is\n+++ vpc/shop as it would be\n"), "{changed}");
        assert!(changed.contains("\n-  dns: true\n+  dns: false\n"), "{changed}");
        let new = difference(&result(Value::Null, vpc(true, "a"))).unwrap();
        assert!(new.contains("\n+kind: vpc\n"), "{new}");
    }
}
