//! Writes `models/<service>.json` from AWS's public API definitions.
//!
//! ```text
//! pip download --no-deps botocore && unzip botocore-*.whl -d unpacked
//! cargo run -p controlplane-wire --bin import-models -- unpacked/botocore
//! ```
//!
//! Only facts a codec needs are taken: names, types, wire locations, bounds, enums, http bindings, error codes.
//! Prose never is. `models/operations.txt` says which operations come with their shapes; of all others the name
//! (and, for REST protocols, the binding) is kept, so that a call of them can be refused by name. Every member of
//! a reached shape is kept, served or not, for the same reason.
//!
//! On the wire of the form and XML protocols a map is a list of entries with `key` and `value`, so that is what it is imported as.
//! For the protocols that have maps it is one too, with a mark, so that the rest of the house needs to know none.
//!
//! A section of `operations.txt` is called as the service is called here, which is its prefix in policies; where AWS's
//! folder has another name, that one follows (`[tag resourcegroupstaggingapi]`).
//!
//! A trait the codec does not implement (payloads in XML, maps in the query string, event streams) stops the import:
//! silently dropping it would make the codec wrong instead of incomplete. The files are sorted and carry one
//! shape per line, so that a newer definition shows up as a readable difference.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The surrogate pairs in which Java spells characters beyond the basic plane, and what they mean.
const SURROGATES: (&str, &str) = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\u{10000}-\u{10FFFF}");
/// STS writes a four-digit escape where it means a five-digit one.
const SHORT_ESCAPE: (&str, &str) = (r"\uFFFD\u10000-\u10FFFF", r"\uFFFD\u{10000}-\u{10FFFF}");

/// The types the codec knows.
const KINDS: [&str; 10] =
    ["structure", "list", "string", "integer", "long", "double", "float", "boolean", "timestamp", "blob"];

fn main() -> Result<()> {
    let botocore = std::env::args_os().nth(1).map(PathBuf::from);
    let botocore = botocore.ok_or("usage: import-models <folder of an unpacked botocore package>")?;
    let own =
        std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run it with cargo, which says where the crate is")?;
    let models = Path::new(&own).join("models");
    let wanted = read_operations(&std::fs::read_to_string(models.join("operations.txt"))?)?;
    for (section, operations) in &wanted {
        let (service, folder) = section.split_once(' ').unwrap_or((section, section));
        let definition = newest_definition(&botocore.join("data").join(folder))?;
        let text = Import::new(service, &definition)?.run(operations)?;
        std::fs::write(models.join(format!("{service}.json")), text)?;
    }
    Ok(())
}

/// Reads `[service]` sections of operation names.
fn read_operations(text: &str) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut service = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            service = Some(name.to_owned());
        } else {
            let service =
                service.clone().ok_or("operations.txt: an operation stands before the first [service]")?;
            sections.entry(service).or_default().insert(line.to_owned());
        }
    }
    Ok(sections)
}

/// The definition of the newest API version; folders are named by date.
fn newest_definition(service: &Path) -> Result<Value> {
    let mut versions = std::fs::read_dir(service)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()
        .map_err(|error| format!("{}: {error}", service.display()))?;
    versions.sort();
    let newest = versions.pop().ok_or_else(|| format!("{} is empty", service.display()))?;
    let output = Command::new("gzip").arg("-dc").arg(newest.join("service-2.json.gz")).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// One service on its way from definition to model file.
struct Import<'a> {
    service: &'a str,
    protocol: &'a str,
    metadata: &'a Value,
    operations: &'a Map<String, Value>,
    shapes: &'a Map<String, Value>,
}

impl<'a> Import<'a> {
    fn new(service: &'a str, definition: &'a Value) -> Result<Self> {
        let object = |key: &str| definition[key].as_object().ok_or(format!("{service}: no {key}"));
        let metadata = &definition["metadata"];
        // Of several protocols the best known one; whether CBOR is another is said beside.
        let speaks_json = speaks(metadata, "json");
        let protocol = metadata["protocol"].as_str().ok_or("no protocol")?;
        let protocol = if speaks_json { "json" } else { protocol };
        Ok(Self { service, protocol, metadata, operations: object("operations")?, shapes: object("shapes")? })
    }

    fn run(&self, wanted: &BTreeSet<String>) -> Result<String> {
        let mut operations = BTreeMap::new();
        let mut others = BTreeMap::new();
        let mut reached = BTreeSet::new();
        let mut errors = BTreeSet::new();
        for (name, operation) in self.operations {
            if wanted.contains(name) {
                self.reach(operation, &mut reached);
                errors.extend(error_shapes(operation));
                operations.insert(name.as_str(), Self::operation(operation));
            } else {
                others.insert(name.as_str(), self.binding(operation));
            }
        }
        self.check_all_found(wanted, &operations)?;
        let mut shapes: BTreeMap<String, Value> = BTreeMap::new();
        for name in reached {
            if self.shapes[name]["type"] == "map" {
                shapes.extend(self.map(name));
            } else {
                shapes.insert(name.to_owned(), self.shape(name)?);
            }
        }
        let shapes = shapes.iter().map(|(name, shape)| (name.as_str(), shape.clone())).collect();
        let errors = errors.into_iter().map(|name| (name, self.error(name))).collect();
        Ok(self.print(&operations, &others, &errors, &shapes))
    }

    fn check_all_found(&self, wanted: &BTreeSet<String>, found: &BTreeMap<&str, Value>) -> Result<()> {
        match wanted.iter().find(|name| !found.contains_key(name.as_str())) {
            Some(missing) => Err(format!("{}: no operation {missing}", self.service).into()),
            None => Ok(()),
        }
    }

    /// Adds every shape an operation's input and output lead to.
    fn reach(&self, operation: &'a Value, reached: &mut BTreeSet<&'a str>) {
        let roots = ["input", "output"].iter().filter_map(|side| operation[*side]["shape"].as_str());
        let mut pending: Vec<&str> = roots.collect();
        while let Some(name) = pending.pop() {
            if !reached.insert(name) {
                continue;
            }
            let shape = &self.shapes[name];
            let members = shape["members"].as_object().into_iter().flat_map(Map::values);
            let inner = members.chain(["member", "key", "value"].iter().filter_map(|part| shape.get(*part)));
            pending.extend(inner.filter_map(|reference| reference["shape"].as_str()));
        }
    }

    /// Method and path, where the protocol routes by them.
    fn binding(&self, operation: &Value) -> Value {
        if !["rest-xml", "rest-json"].contains(&self.protocol) {
            return json!([]);
        }
        json!([operation["http"]["method"], operation["http"]["requestUri"]])
    }

    fn operation(operation: &Value) -> Value {
        let mut out = Map::new();
        for key in ["method", "requestUri", "responseCode"] {
            set(&mut out, key, &operation["http"][key]);
        }
        set(&mut out, "input", &operation["input"]["shape"]);
        set(&mut out, "inputName", &operation["input"]["locationName"]);
        set(&mut out, "output", &operation["output"]["shape"]);
        set(&mut out, "resultWrapper", &operation["output"]["resultWrapper"]);
        let errors: Vec<&str> = error_shapes(operation).collect();
        if !errors.is_empty() {
            out.insert("errors".into(), json!(errors));
        }
        Value::Object(out)
    }

    fn error(&self, name: &str) -> Value {
        let trait_ = &self.shapes[name]["error"];
        let code = trait_["code"].as_str().unwrap_or(name);
        json!({ "code": code, "status": trait_["httpStatusCode"].as_u64().unwrap_or(400) })
    }

    fn shape(&self, name: &str) -> Result<Value> {
        let shape = &self.shapes[name];
        let mut out = Map::new();
        let kind = shape["type"].as_str().unwrap_or_default();
        self.refuse_unknown_traits(name, kind, shape)?;
        copy(
            shape,
            &mut out,
            &[
                "type",
                "required",
                "enum",
                "min",
                "max",
                "sensitive",
                "flattened",
                "timestampFormat",
                "payload",
            ],
        );
        if let Some(pattern) = shape["pattern"].as_str() {
            let pattern = pattern.replace(SURROGATES.0, SURROGATES.1).replace(SHORT_ESCAPE.0, SHORT_ESCAPE.1);
            out.insert("pattern".into(), json!(pattern));
        }
        if let Some(members) = shape["members"].as_object() {
            let members: BTreeMap<_, _> =
                members.iter().map(|(name, member)| (name, reference(member))).collect();
            out.insert("members".into(), json!(members));
        }
        if let Some(member) = shape.get("member") {
            out.insert("member".into(), reference(member));
        }
        Ok(Value::Object(out))
    }

    /// A map as a list, and the structure of its entries, whose name no shape of AWS's can have.
    fn map(&self, name: &str) -> [(String, Value); 2] {
        let shape = &self.shapes[name];
        let entry = format!("{name}.entry");
        let member = |part: &str| {
            let mut member = reference(&shape[part]);
            if member["locationName"].is_null() {
                member["locationName"] = json!(part);
            }
            member
        };
        let members = json!({"key": member("key"), "value": member("value")});
        let entries = json!({"type": "structure", "required": ["key", "value"], "members": members});
        let mut list = Map::new();
        copy(shape, &mut list, &["min", "max", "flattened"]);
        if ["json", "rest-json"].contains(&self.protocol) {
            list.insert("map".into(), json!(true));
        }
        list.insert("type".into(), json!("list"));
        let mut item = json!({ "shape": entry });
        if shape["flattened"] != true {
            item["locationName"] = json!("entry");
        }
        list.insert("member".into(), item);
        [(name.to_owned(), Value::Object(list)), (entry, entries)]
    }

    fn refuse_unknown_traits(&self, name: &str, kind: &str, shape: &Value) -> Result<()> {
        let lacking = |what: String| Err(format!("{}: {what}, which the codec lacks", self.service).into());
        if !KINDS.contains(&kind) {
            return lacking(format!("shape {name} has type {kind}"));
        }
        if shape.get("payload").is_some() && self.protocol != "rest-json" {
            return lacking(format!("shape {name} has a payload member"));
        }
        for (member, traits) in shape["members"].as_object().into_iter().flatten() {
            if let Some(odd) = odd_trait(traits) {
                return lacking(format!("{name}.{member} uses {odd}"));
            }
        }
        Ok(())
    }

    /// The namespace of responses: stated once, or (Route 53) only on each input.
    fn namespace(&self) -> Value {
        let stated = &self.metadata["xmlNamespace"];
        let inputs = self.operations.values().map(|operation| &operation["input"]["xmlNamespace"]["uri"]);
        inputs.fold(stated.clone(), |found, next| if found.is_null() { next.clone() } else { found })
    }

    fn print(
        &self,
        operations: &BTreeMap<&str, Value>,
        others: &BTreeMap<&str, Value>,
        errors: &BTreeMap<&str, Value>,
        shapes: &BTreeMap<&str, Value>,
    ) -> String {
        let mut text = String::from("{\n");
        let facts = ["apiVersion", "endpointPrefix", "globalEndpoint", "jsonVersion", "targetPrefix"];
        for (key, value) in
            facts.iter().map(|key| (*key, &self.metadata[*key])).filter(|(_, value)| !value.is_null())
        {
            let _ = writeln!(text, "\"{key}\":{value},");
        }
        let _ = writeln!(text, "\"protocol\":{},", json!(self.protocol));
        let flags = [
            ("cbor", speaks(self.metadata, "smithy-rpc-v2-cbor")),
            ("queryCompatible", self.metadata.get("awsQueryCompatible").is_some()),
        ];
        for (key, _) in flags.iter().filter(|(_, is_set)| *is_set) {
            let _ = writeln!(text, "\"{key}\":true,");
        }
        let signing = self.metadata.get("signingName").unwrap_or(&self.metadata["endpointPrefix"]);
        let _ = writeln!(text, "\"signingName\":{signing},");
        let namespace = self.namespace();
        if !namespace.is_null() {
            let _ = writeln!(text, "\"xmlNamespace\":{namespace},");
        }
        let sections =
            [("operations", operations), ("others", others), ("errors", errors), ("shapes", shapes)];
        let sections: Vec<String> = sections.iter().map(|(name, lines)| print_section(name, lines)).collect();
        text + &sections.join(",\n") + "\n}\n"
    }
}

/// Whether the definition names this protocol among those the service speaks.
fn speaks(metadata: &Value, protocol: &str) -> bool {
    metadata["protocols"].as_array().into_iter().flatten().any(|name| name == protocol)
}

fn print_section(name: &str, lines: &BTreeMap<&str, Value>) -> String {
    let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{}:{value}", json!(key))).collect();
    format!("\"{name}\":{{\n{}\n}}", lines.join(",\n"))
}

fn error_shapes(operation: &Value) -> impl Iterator<Item = &str> {
    operation["errors"].as_array().into_iter().flatten().filter_map(|error| error["shape"].as_str())
}

/// A trait of a member that the codec does not know.
fn odd_trait(member: &Value) -> Option<&str> {
    let location = member["location"].as_str();
    let odd = ["xmlAttribute", "streaming", "hostLabel", "jsonvalue", "eventstream"];
    let odd = odd.into_iter().find(|key| member.get(key).is_some());
    let known = ["uri", "querystring", "header", "headers", "statusCode"];
    odd.or(location.filter(|location| !known.contains(location)))
}

/// What a member says beside its shape's name.
fn reference(member: &Value) -> Value {
    let mut out = Map::new();
    copy(
        member,
        &mut out,
        &["shape", "location", "locationName", "queryName", "flattened", "timestampFormat"],
    );
    Value::Object(out)
}

fn copy(from: &Value, to: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        set(to, key, &from[*key]);
    }
}

fn set(to: &mut Map<String, Value>, key: &str, value: &Value) {
    if !value.is_null() {
        to.insert(key.to_owned(), value.clone());
    }
}
