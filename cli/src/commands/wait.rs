use crate::client::Target;
use crate::complete;
use crate::error::{CliError, Kind};
use crate::names::{Named, named};
use crate::output;
use crate::watch::{Step, Watch};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::Row;
use controlplane_proto::api::row_change::Change;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Wait until records are so
///
/// Example: hearth wait instance web-1 --for=status.state=running --timeout 60
#[derive(Args, Debug)]
pub(crate) struct Wait {
    /// Kind, plural or short name, then a name or id; or KIND/NAME. All records of the kind without a name
    #[arg(required = true, num_args = 1..=2, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
    /// `delete`, `create`, or FIELD=VALUE such as status.state=running
    #[arg(long = "for", value_name = "CONDITION", value_parser = Condition::parse)]
    condition: Condition,
    /// Seconds
    #[arg(long, default_value_t = 60)]
    timeout: u64,
}

/// What is waited for.
#[derive(Clone, Debug)]
enum Condition {
    Create,
    Delete,
    Field { path: String, value: String },
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        match (text, text.split_once('=')) {
            ("create", _) => Ok(Self::Create),
            ("delete", _) => Ok(Self::Delete),
            (_, Some((path, value))) if !path.is_empty() => {
                Ok(Self::Field { path: path.to_owned(), value: value.to_owned() })
            }
            _ => Err("it must be create, delete or FIELD=VALUE".to_owned()),
        }
    }

    /// Whether all these objects fulfil it.
    fn holds(&self, objects: &BTreeMap<String, Value>) -> bool {
        match self {
            Self::Create => !objects.is_empty(),
            Self::Delete => objects.is_empty(),
            Self::Field { path, value } => {
                !objects.is_empty() && objects.values().all(|object| text_at(object, path) == *value)
            }
        }
    }
}

fn text_at(object: &Value, path: &str) -> String {
    let pointer = format!("/{}", path.trim_start_matches('.').replace('.', "/"));
    match object.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

impl Wait {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let Named { kind, name } = match named(&self.what)?.as_slice() {
            [one] => one.clone(),
            _ => {
                return Err(CliError::new(Kind::Usage, "one kind or one record can be waited for at a time"));
            }
        };
        let what = if name.is_empty() { kind.clone() } else { format!("{kind}/{name}") };
        let watch = Watch::start(target, &kind, &name).await?;
        let spinner = output::spinner(format!("waiting for {what}"));
        let held = tokio::time::timeout(Duration::from_secs(self.timeout), self.until_held(watch)).await;
        spinner.finish_and_clear();
        match held {
            Ok(result) => result.and_then(|()| output::write(&format!("{what} condition met\n"))),
            Err(_) => {
                let message = format!("{what} did not become so within {} s", self.timeout);
                Err(CliError::new(Kind::TimedOut, message)
                    .with_hint(format!("hearth describe {}", what.replace('/', " "))))
            }
        }
    }

    async fn until_held(&self, mut watch: Watch<'_>) -> Result<(), CliError> {
        let mut objects = BTreeMap::new();
        let mut synced = false;
        loop {
            match watch.next().await? {
                Step::Synced => synced = true,
                Step::Row(Change::Deleted, row) => drop(objects.remove(&row.id)),
                Step::Row(_, row) => drop(objects.insert(row.id.clone(), object(&row))),
            }
            if synced && self.condition.holds(&objects) {
                return Ok(());
            }
        }
    }
}

fn object(row: &Row) -> Value {
    serde_json::from_str(&row.json).unwrap_or_default()
}
