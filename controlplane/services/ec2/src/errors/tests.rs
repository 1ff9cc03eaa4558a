//! The error catalogue, `catalogue.json`: for each function of this module the code, status and message a client gets, with
//! the request that provokes it. AWS's models have none of this for EC2, so nothing else would notice a changed word.
//!
//! Each request is run in a region of its own (`Scene`), after the requests it stands `before`, and has to give exactly
//! what is written. Names in braces are ids of the scene, in requests and in messages alike.
//! `HEARTH_UPDATE_ERRORS=1 cargo test -p controlplane-services-ec2 catalogue` writes codes, statuses and messages anew, to
//! be read before they are committed.

mod scene;

use controlplane_services_kernel::ServiceError;
use scene::Scene;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the functions of this module are made of: they word nothing themselves.
const PARTS: [&str; 3] = ["invalid_parameter_combination", "invalid_parameter_value", "refuse"];

/// One error.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    function: String,
    /// Why no request here can provoke it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unprovoked: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Who asks, if another account than the scene's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// What succeeds first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    before: Vec<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    /// An action of the house's own doors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
}

/// A request on the way there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Step {
    action: String,
    input: Value,
    /// Again and again, until it is refused, with the number of each in the place of `{n}`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    until_refused: bool,
    /// Ids to keep, as JSON pointers into the answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    keep: BTreeMap<String, String>,
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/errors/catalogue.json")
}

fn catalogue() -> Vec<Entry> {
    serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap()
}

impl Entry {
    /// What the request comes to.
    fn provoke(&self, first: &Scene) -> ServiceError {
        let mut scene = first.clone();
        for step in &self.before {
            step.take(&mut scene);
        }
        let input = self.input.as_ref().map(|input| scene.filled(input)).unwrap_or_default();
        let outcome = match (&self.action, &self.own, &self.manifest) {
            (Some(action), None, None) => scene.call(self.account.as_deref(), action, input).map(drop),
            (None, Some(action), None) => scene.own(action, input),
            (None, None, Some(text)) => scene.apply(text),
            _ => panic!("{}: exactly one of action, own and manifest", self.function),
        };
        let mut error = outcome.expect_err(&self.function);
        error.message = scene.named(&error.message);
        error
    }
}

impl Step {
    fn take(&self, scene: &mut Scene) {
        let input = scene.filled(&self.input);
        if self.until_refused {
            let input = input.to_string();
            let numbered = |number: u32| input.replace("{n}", &number.to_string());
            let mut inputs = (0..).map(|number| serde_json::from_str(&numbered(number)).unwrap());
            while scene.call(None, &self.action, inputs.next().unwrap()).is_ok() {}
            return;
        }
        let answer = scene.call(None, &self.action, input);
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", self.action));
        for (name, pointer) in &self.keep {
            scene.keep(name, answer.pointer(pointer).and_then(Value::as_str).unwrap());
        }
    }
}

#[test]
fn the_catalogue_says_what_clients_get() {
    let first = Scene::new();
    let mut entries = catalogue();
    let mut wrong = Vec::new();
    for entry in entries.iter_mut().filter(|entry| entry.unprovoked.is_none()) {
        let error = entry.provoke(&first);
        let found = (error.code.into_owned(), error.status, error.message);
        let said = (entry.code.take(), entry.status.take(), entry.message.take());
        if said != (Some(found.0.clone()), Some(found.1), Some(found.2.clone())) {
            wrong.push(format!("{}: {found:?}, but the catalogue says {said:?}", entry.function));
        }
        (entry.code, entry.status, entry.message) = (Some(found.0), Some(found.1), Some(found.2));
    }
    if std::env::var_os("HEARTH_UPDATE_ERRORS").is_some() {
        let lines: Vec<String> = entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
        std::fs::write(file(), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Names of the functions that make errors, from the sources themselves.
fn functions() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/errors");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let sources =
        files.filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending == "rs"));
    let texts: Vec<String> = sources.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let named = lines.filter_map(|line| line.strip_prefix("pub(crate) fn ")?.split('(').next());
    named.map(str::to_owned).filter(|name| !PARTS.contains(&name.as_str())).collect()
}

#[test]
fn the_catalogue_has_every_error_once() {
    let entries = catalogue();
    let listed: BTreeSet<String> = entries.iter().map(|entry| entry.function.clone()).collect();
    assert_eq!(listed, functions());
    assert_eq!(listed.len(), entries.len(), "each once");
    assert!(listed.len() > 150 && entries.iter().filter(|entry| entry.unprovoked.is_some()).count() <= 5);
}

/// No two errors are the same to a client who reads them, so each entry is of the function it names.
#[test]
fn errors_are_told_apart() {
    let entries = catalogue();
    let mut seen = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.unprovoked.is_none()) {
        let same = seen.insert((&entry.code, &entry.message), &entry.function);
        let alike = same.is_some_and(|other| !is_sentence_of_several(other, &entry.function));
        assert!(!alike, "{} and {same:?} read the same", entry.function);
    }
}

/// Attributes of several nouns are modified one at a time, in the same words.
fn is_sentence_of_several(one: &str, other: &str) -> bool {
    [one, other].iter().all(|name| name.starts_with("one_") && name.ends_with("_attribute"))
}
