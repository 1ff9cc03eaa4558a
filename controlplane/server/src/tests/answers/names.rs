//! Names for what is drawn: the same text always has the same name within one file.

use regex::{Captures, Regex};
use std::collections::BTreeMap;

/// What is drawn, and what its name begins with; a group names the part that is the name, else the kind.
const DRAWN: [(&str, &str); 5] = [
    (r"\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{17}\b", ""),
    (r"\b(AKIA|ASIA|AIDA|AROA|AIPA|AGPA|ANPA)[A-Z0-9]{10,20}\b", ""),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "uuid"),
    (r"\b(Z|C|N)[A-Z0-9]{12,}\b", ""),
    (r"\beipassoc-[0-9a-f]+\b", "eipassoc"),
];

/// What has one name whatever it is.
const PLAIN: [(&str, &str); 9] = [
    (r"<(requestId|RequestId)>[^<]*</(?:requestId|RequestId)>", ""),
    (r"<ResponseMetadata></ResponseMetadata>", ""),
    (r#" xmlns="[^"]*""#, ""),
    (r"<\?xml[^>]*\?>\n?", ""),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "{time}"),
    (r"ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)", "{name-server}"),
    (r"\b198\.51\.100\.\d+\b", "{public-address}"),
    (r"<dhcpOptionsId>[^<]*<", "<dhcpOptionsId>{dhcp-options}<"),
    (r"<(SecretAccessKey|SessionToken)>[^<]*<", "<$1>{secret}<"),
];

/// The names of one file.
pub(super) struct Names {
    drawn: Vec<(Regex, &'static str)>,
    plain: Vec<(Regex, &'static str)>,
    by_text: BTreeMap<String, String>,
    counts: BTreeMap<String, u32>,
}

impl Names {
    pub(super) fn new() -> Self {
        let compiled = |(pattern, name)| (Regex::new(pattern).expect("a pattern"), name);
        Self {
            drawn: DRAWN.into_iter().map(compiled).collect(),
            plain: PLAIN.into_iter().map(compiled).collect(),
            by_text: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// A text of an answer with names for what is drawn.
    pub(super) fn named(&mut self, text: &str) -> String {
        let plain = self.plain.iter();
        let text = plain
            .fold(text.to_owned(), |text, (pattern, name)| pattern.replace_all(&text, *name).into_owned());
        let drawn = self.drawn.clone();
        drawn.iter().fold(text, |text, (pattern, kind)| {
            pattern.replace_all(&text, |found: &Captures<'_>| self.name(found, kind)).into_owned()
        })
    }

    fn name(&mut self, found: &Captures<'_>, kind: &str) -> String {
        // What nobody drew: ids of requests about things that are not there.
        if found[0].ends_with("123456789abcdef0") || found[0].ends_with("00000000") {
            return found[0].to_owned();
        }
        if let Some(name) = self.by_text.get(&found[0]) {
            return name.clone();
        }
        let kind = found.get(1).map_or(kind, |group| group.as_str());
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        let name = format!("{{{kind}-{count}}}");
        self.by_text.insert(found[0].to_owned(), name.clone());
        name
    }

    /// A text of a request with what the names stand for.
    pub(super) fn meant(&self, text: &str) -> String {
        self.by_text.iter().fold(text.to_owned(), |text, (drawn, name)| text.replace(name, drawn))
    }
}
