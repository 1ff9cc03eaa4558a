//! `controlplane/COVERAGE.md`: what of AWS's services is served, made from the models and the registry.
//! `HEARTH_UPDATE_COVERAGE=1 cargo test -p controlplane-server coverage` writes it anew.
//!
//! The page cannot say more than is true. An action is served if the registry has an entry for it, and an entry is made of
//! an `Operation` or a `Query`, which have to be run; there is no other way to answer, so there are no stubs to count. A
//! member is served if the action's own Input takes it: each is sent, alone, and the wire refuses it by name if not.
//!
//! The counts of the page are a ratchet: they may only rise, and writing it anew refuses to lower one.

use super::generated::least;
use crate::registry::SERVICES;
use controlplane_services_kernel::service::Action;
use controlplane_services_kernel::{OperationEntry, Service, WireRequest};
use controlplane_wire::model::{self, Kind, Member, Operation, Service as WireService, ShapeId};
use controlplane_wire::{Call, Rule, WireError, client};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Structures inside structures that are looked at; AWS's requests go no deeper.
const DEPTH: usize = 8;

/// A count per service and what is counted.
type Counts = BTreeMap<(String, &'static str), usize>;

/// Everything of a shape, each enum with its last value: the first is often the one that changes nothing, which an action
/// may take without serving the member.
fn everything(service: &WireService, shape: ShapeId, depth: usize) -> Value {
    match &service.shape(shape).kind {
        Kind::Structure(structure) if depth < DEPTH => {
            let members = structure.members().iter();
            let told =
                members.map(|member| (member.name.to_string(), everything(service, member.shape, depth + 1)));
            told.collect()
        }
        Kind::List(list) => json!([everything(service, list.member, depth)]),
        Kind::Text(rule) => rule.values().last().map_or_else(|| least(service, shape), |last| json!(last)),
        _ => least(service, shape),
    }
}

/// One action on the way to its line.
struct Looked {
    service: &'static WireService,
    operation: &'static Operation,
    entry: &'static OperationEntry,
    served: usize,
    unserved: Vec<String>,
}

impl Looked {
    fn at(service: &'static WireService, entry: &'static OperationEntry) -> Self {
        let operation = service.operation(entry.name).expect("an action of the model");
        let mut looked = Self { service, operation, entry, served: 0, unserved: Vec::new() };
        looked.walk(operation.input, &mut Vec::new());
        looked
    }

    /// Every member below `shape`, which stands at `path`.
    fn walk(&mut self, shape: ShapeId, path: &mut Vec<&'static Member>) {
        let Some(structure) = self.service.shape(shape).structure() else { return };
        for member in structure.members() {
            path.push(member);
            if self.serves(path) {
                self.served += 1;
                if path.len() < DEPTH {
                    self.walk(self.inner(member.shape), path);
                }
            } else {
                let names: Vec<&str> = path.iter().map(|member| &*member.name).collect();
                self.unserved.push(names.join("."));
            }
            path.pop();
        }
    }

    /// The shape of a list's items, or the shape itself.
    fn inner(&self, shape: ShapeId) -> ShapeId {
        match &self.service.shape(shape).kind {
            Kind::List(list) => self.inner(list.member),
            _ => shape,
        }
    }

    /// The least request with this one member: is it refused by name?
    fn serves(&self, path: &[&'static Member]) -> bool {
        let mut input = least(self.service, self.operation.input);
        put(&mut input, self.service, path);
        let request = client::request(self.service, self.operation, &input).expect("a request of the model");
        let (parts, body) = request.into_parts();
        let call = Call { service: self.service, operation: self.operation };
        let request = WireRequest { call: &call, parts: &parts, body: &body };
        let error = match self.entry.action {
            Action::Write(decode) => decode(&request).err(),
            Action::Read(decode) => decode(&request).err(),
        };
        let Some(WireError::Invalid(violations)) = error else { return true };
        let last = path[path.len() - 1];
        let is_last = |text: &str| {
            let names = [&*last.name, &*last.element, &*last.query];
            names.iter().any(|name| text == *name || text.ends_with(&format!(".{name}")))
        };
        !violations.iter().any(|found| found.rule == Rule::Unsupported && is_last(&found.path))
    }
}

/// Puts everything of the member at the end of `path` into `input`, on its way only the least.
fn put(input: &mut Value, service: &WireService, path: &[&'static Member]) {
    let Some((first, rest)) = path.split_first() else { return };
    let value = if rest.is_empty() {
        everything(service, first.shape, path.len())
    } else {
        let mut value = input[&*first.name].take();
        if value.is_null() {
            value = least(service, first.shape);
        }
        let mut inner = &mut value;
        while inner.is_array() {
            inner = &mut inner[0];
        }
        if !inner.is_object() {
            *inner = json!({});
        }
        put(inner, service, rest);
        value
    };
    input[&*first.name] = value;
}

/// The services AWS has, with their models.
fn services() -> impl Iterator<Item = (&'static WireService, &'static Service)> {
    SERVICES.iter().filter_map(|service| Some((model::by_name(service.name)?, *service)))
}

fn page() -> (String, Counts) {
    let (mut table, mut sections, mut counts) = (String::new(), String::new(), Counts::new());
    for (wire, service) in services() {
        let mut looked: Vec<Looked> =
            service.operations.iter().map(|entry| Looked::at(wire, entry)).collect();
        looked.sort_by_key(|one| one.entry.name);
        let members: usize = looked.iter().map(|one| one.served).sum();
        let name = service.name;
        writeln!(table, "| {name} | {} | {} | {members} |", looked.len(), wire.operation_count()).unwrap();
        counts.insert((name.to_owned(), "actions"), looked.len());
        counts.insert((name.to_owned(), "members"), members);
        sections += &section(wire, &looked);
    }
    (format!("{HEAD}{table}{sections}"), counts)
}

const HEAD: &str = "# Coverage

What of AWS's services is served at the AWS door. Made by a test from the models and the registry
(`controlplane/server/src/tests/coverage.rs`); `HEARTH_UPDATE_COVERAGE=1 cargo test -p controlplane-server coverage` writes it
anew. The counts may only rise.

An action that is not served is answered with an error that names it, and so is a request that carries a member that is not served
(unless with the value that changes nothing). There are no stubs: an action is listed as served only because the registry has an
operation for it, which is what answers.

| service | actions served | of | members of requests served |
|---|---|---|---|
";

fn section(wire: &WireService, looked: &[Looked]) -> String {
    let mut text = format!("\n## {}\n\n| action | members not served |\n|---|---|\n", wire.name());
    for one in looked {
        let unserved = if one.unserved.is_empty() { "–".to_owned() } else { one.unserved.join(", ") };
        writeln!(text, "| {} | {unserved} |", one.entry.name).unwrap();
    }
    let mut others = wire.operation_names();
    others.retain(|name| looked.iter().all(|one| one.entry.name != *name));
    let others: Vec<&str> = others.into_iter().collect();
    if !others.is_empty() {
        write!(text, "\nNot served: {}.\n", others.join(", ")).unwrap();
    }
    text
}

/// The counts a page says.
fn counts_of(page: &str) -> Counts {
    let mut counts = Counts::new();
    for line in page.lines().take_while(|line| !line.starts_with("## ")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, service, actions, _, members, _] = cells.as_slice()
            && let (Ok(actions), Ok(members)) = (actions.parse(), members.parse())
        {
            counts.insert(((*service).to_owned(), "actions"), actions);
            counts.insert(((*service).to_owned(), "members"), members);
        }
    }
    counts
}

/// What has become less.
fn lost(before: &Counts, now: &Counts) -> Vec<String> {
    let less = before.iter().filter(|(what, count)| now.get(*what).is_none_or(|now| now < count));
    less.map(|((service, what), count)| format!("{service} served {count} {what}")).collect()
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../COVERAGE.md")
}

#[test]
fn the_coverage_page_is_the_registrys() {
    let (page, counts) = page();
    let kept = std::fs::read_to_string(file()).unwrap_or_default();
    assert_eq!(lost(&counts_of(&kept), &counts), Vec::<String>::new(), "coverage may only rise");
    if std::env::var_os("HEARTH_UPDATE_COVERAGE").is_some() {
        std::fs::write(file(), &page).unwrap();
        return;
    }
    let first = page.lines().zip(kept.lines()).find(|(now, kept)| now != kept);
    assert!(
        page == kept,
        "controlplane/COVERAGE.md is out of date, first at {first:?}; \
         HEARTH_UPDATE_COVERAGE=1 cargo test -p controlplane-server coverage"
    );
}

/// The page's own arithmetic: what it counts is what it lists, and a count that fell is seen.
#[test]
fn the_ratchet_catches() {
    let (page, counts) = page();
    assert_eq!(counts_of(&page), counts);
    let fewer = |what| {
        let mut counts = counts.clone();
        counts.entry(("ec2".to_owned(), what)).and_modify(|count| *count -= 1);
        lost(&self::counts_of(&page), &counts).len()
    };
    assert_eq!((fewer("actions"), fewer("members")), (1, 1));
    let mut without = counts.clone();
    without.retain(|(service, _), _| service != "sts");
    assert_eq!(lost(&counts, &without).len(), 2);
}

#[test]
fn members_are_told_apart() {
    let line = |service: &'static str, action: &str| {
        let (wire, service) = services().find(|(_, found)| found.name == service).unwrap();
        let entry = service.operations.iter().find(|entry| entry.name == action).unwrap();
        Looked::at(wire, entry).unserved
    };
    let vpc = line("ec2", "CreateVpc");
    assert!(vpc.contains(&"Ipv4IpamPoolId".to_owned()), "{vpc:?}");
    assert!(vpc.contains(&"InstanceTenancy".to_owned()), "only its neutral value is taken: {vpc:?}");
    assert!(!vpc.iter().any(|member| member.starts_with("TagSpecifications")), "{vpc:?}");
    let run = line("ec2", "RunInstances");
    assert!(
        run.contains(&"BlockDeviceMappings.VirtualName".to_owned())
            || run.contains(&"BlockDeviceMappings".to_owned())
    );
    assert_eq!(line("sts", "GetCallerIdentity"), Vec::<String>::new());
}
