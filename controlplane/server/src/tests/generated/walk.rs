//! Random requests that build on each other: what an answer calls an id, a name or a token, later requests may use.
//!
//! From a seed, so that a walk can be taken again. Each request draws how many of the members it sets that are not required,
//! none often, since the more there are the surer one of them is wrong. Of the values most are earlier answers' if there are any
//! for a member of this name.

use super::least::{operations, written};
use super::table::Case;
use super::values::ODD_TEXTS;
use controlplane_services_kernel::Random;
use controlplane_wire::model::{Kind, Operation, Range, Service, ShapeId, Structure, TextRule};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Texts kept of one name; the newest count.
const KEPT: usize = 16;
/// Names kept.
const NAMES: usize = 512;
/// Structures within structures.
const DEPTH: usize = 5;
/// Of a hundred members not required, how many are set.
const SET: [u64; 4] = [0, 4, 10, 30];
/// Texts that many members take.
const TEXTS: [&str; 12] = [
    "10.0.0.0/16",
    "10.0.1.0/24",
    "10.0.1.7",
    "us-east-1a",
    "us-east-1",
    "web",
    "t3.nano",
    "tcp",
    "Name",
    "example.test.",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
];

/// Where a walk has come.
pub(super) struct Walk {
    random: Random,
    operations: Vec<(&'static Service, &'static Operation)>,
    /// Of a hundred members not required, how many the next request sets.
    set: u64,
    /// Texts of answers, by what they are called there.
    seen: BTreeMap<String, Vec<String>>,
}

impl Walk {
    pub(super) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            random: Random::from_seed(bytes),
            operations: operations().collect(),
            set: 0,
            seen: BTreeMap::new(),
        }
    }

    /// The next request that can be written at all.
    pub(super) fn next(&mut self) -> (&'static Service, &'static Operation, Case) {
        loop {
            let (service, operation) =
                self.operations[self.random.below(self.operations.len() as u64) as usize];
            self.set = *self.pick(&SET);
            let input = self.value(service, operation.input, "", 0);
            let Some((parts, body)) = written(service, operation, &input) else { continue };
            let what = format!("{} {input}", operation.name);
            return (service, operation, Case { what, parts, body });
        }
    }

    /// Forgets what is gone.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }

    /// Remembers the texts of an answer, by the names of its elements or members.
    pub(super) fn learn(&mut self, answer: &[u8]) {
        match serde_json::from_slice(answer) {
            Ok(answer) => self.learn_members("", &answer),
            Err(_) => self.learn_elements(&String::from_utf8_lossy(answer)),
        }
    }

    fn learn_elements(&mut self, answer: &str) {
        for piece in answer.split('<').skip(1) {
            let Some((element, text)) = piece.split_once('>') else { continue };
            if element.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
                self.keep(element, text);
            }
        }
    }

    fn learn_members(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| self.learn_members(name, value));
            }
            Value::Array(items) => {
                let item = name.strip_suffix('s').unwrap_or(name);
                items.iter().for_each(|value| self.learn_members(item, value));
            }
            Value::String(text) => self.keep(name, text),
            _ => {}
        }
    }

    fn keep(&mut self, name: &str, text: &str) {
        let name = name.to_ascii_lowercase();
        let has_place = self.seen.len() < NAMES || self.seen.contains_key(&name);
        if !has_place || text.trim().is_empty() || text.len() >= 200 {
            return;
        }
        let kept = self.seen.entry(name).or_default();
        if !kept.iter().any(|known| known == text) {
            kept.truncate(KEPT - 1);
            kept.insert(0, text.to_owned());
        }
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.random.below(from.len() as u64) as usize]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn value(&mut self, service: &'static Service, id: ShapeId, name: &str, depth: usize) -> Value {
        match &service.shape(id).kind {
            Kind::Structure(structure) => self.structure(service, structure, depth),
            Kind::List(list) => {
                let count = 1 + u64::from(self.chance(20));
                let item = name.strip_suffix('s').unwrap_or(name);
                (0..count).map(|_| self.value(service, list.member, item, depth)).collect()
            }
            Kind::Text(rule) => json!(self.text(rule, name)),
            Kind::Blob(_) => json!([self.random.below(256), 10, 0]),
            Kind::Boolean => json!(self.chance(50)),
            Kind::Integer(range) | Kind::Long(range) => json!(self.number(*range)),
            Kind::Double(range) => json!(self.number(*range) as f64 / 2.0),
            Kind::Timestamp(_) => json!(self.random.below(4_000_000_000_000)),
        }
    }

    fn structure(&mut self, service: &'static Service, structure: &'static Structure, depth: usize) -> Value {
        let is_set = |walk: &mut Self, required: bool| match required {
            true => walk.chance(98),
            false => depth < DEPTH && walk.chance(walk.set),
        };
        let members = structure.members().iter();
        let set = members.filter_map(|member| {
            // A rehearsal changes nothing, and a walk wants to get somewhere.
            let is_set = &*member.name != "DryRun" && is_set(self, member.required);
            is_set.then(|| {
                (member.name.to_string(), self.value(service, member.shape, &member.name, depth + 1))
            })
        });
        set.collect()
    }

    fn text(&mut self, rule: &TextRule, name: &str) -> String {
        if let Some(value) = rule.values().first() {
            let first = self.chance(40).then(|| value.to_string());
            return first.unwrap_or_else(|| self.pick(rule.values()).to_string());
        }
        let name = name.to_ascii_lowercase();
        let known = self.seen.get(&name).cloned().unwrap_or_default();
        match self.random.below(10) {
            0..=6 if !known.is_empty() => self.pick(&known).clone(),
            8 => self.pick(&ODD_TEXTS).to_string(),
            9 => format!("{name}-{}", self.random.below(8)),
            _ => self.pick(&TEXTS).to_string(),
        }
    }

    fn number(&mut self, range: Range) -> i64 {
        let (least, most) = (range.min.unwrap_or(0.0) as i64, range.max.unwrap_or(100.0) as i64);
        match self.random.below(12) {
            0 => least.saturating_sub(1),
            1 => most.saturating_add(1).min(i32::MAX.into()),
            2 => i32::MAX.into(),
            _ => least.saturating_add(self.random.below((most - least).clamp(1, 100) as u64) as i64),
        }
    }
}
