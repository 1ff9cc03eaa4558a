//! The files of the checkout, as the rules see them.

use std::fs;
use std::path::Path;

/// A file, its path relative to the checkout.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// A made-up one, to see a rule fail.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// File name without its ending.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Name of the folder it lies in.
    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit('/').nth(1).unwrap_or_default()
    }

    /// Whether it is compiled for tests only, as a whole.
    pub(crate) fn is_test(&self) -> bool {
        let folders = ["/tests/", "/testing/", "/battery/"];
        self.path.starts_with("tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.ends_with("/battery.rs")
            || folders.iter().any(|folder| self.path.contains(folder))
    }

    /// Numbered lines of code: no comments, nothing after the start of a test module at the end of the file.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let body = lines.take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
        body.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Complaints about every line of code that holds one of `tokens`.
    pub(crate) fn holding<'s>(
        &'s self,
        tokens: &'s [&str],
        rule: &'s str,
    ) -> impl Iterator<Item = String> + 's {
        self.code().flat_map(move |(number, line)| {
            let found = tokens.iter().filter(move |token| line.contains(**token));
            found.map(move |token| format!("{}:{number}: {token}: {rule}", self.path))
        })
    }
}

/// Every Rust file.
pub(crate) fn rust() -> Vec<Source> {
    let found = files(".rs");
    assert!(found.len() > 100, "the checkout was not found: only {} Rust files", found.len());
    found
}

/// Every file whose name ends so, in order.
pub(crate) fn files(ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&tests::checkout(), "", ending, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &Path, prefix: &str, ending: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            if ![".git", "target"].contains(&name.as_str()) {
                walk(&entry.path(), &format!("{prefix}{name}/"), ending, found);
            }
        } else if name.ends_with(ending) {
            let text = fs::read_to_string(entry.path()).unwrap();
            found.push(Source { path: format!("{prefix}{name}"), text });
        }
    }
}

/// Fails with every complaint.
pub(crate) fn none(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
