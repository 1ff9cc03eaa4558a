//! Every attack that is known of has a test, by name: `attacks.txt` says which. A test that was renamed or removed is missed here.

use crate::sources::{Source, files, none};

const LIST: &str = include_str!("attacks.txt");

pub(crate) fn lines(list: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(" | ").collect())
}

/// Whether a source has a test of this name: right behind a line that makes it one.
fn has_test(source: &Source, name: &str) -> bool {
    let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
    let opens = |line: &&str| line.contains(&format!("fn {name}("));
    let found = lines.iter().position(opens);
    found.is_some_and(|at| {
        lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).any(|line| line.contains("test"))
    })
}

pub(crate) fn problems(list: &str, sources: &[Source]) -> Vec<String> {
    let problem = |parts: Vec<&str>| match parts[..] {
        [item, path, test] => {
            let source = sources.iter().find(|source| source.path == path);
            (!source.is_some_and(|source| has_test(source, test)))
                .then(|| format!("{item}: {path} has no test {test}"))
        }
        _ => Some(format!("{parts:?}: not ITEM | FILE | TEST")),
    };
    lines(list).filter_map(problem).collect()
}

#[test]
fn every_attack_has_its_test() {
    assert!(lines(LIST).count() > 40, "the list was not read");
    none(problems(LIST, &files(".rs")));
}

#[test]
fn a_test_that_is_missing_is_told() {
    let source =
        Source::new("a.rs", "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test]\nasync fn three() {}\n");
    let of = |test: &str| problems(&format!("x | a.rs | {test}"), std::slice::from_ref(&source)).len();
    assert_eq!(["one", "two", "three", "four"].map(of), [0, 1, 0, 1]);
    assert_eq!(problems("x | b.rs | one\nx", &[source]).len(), 2);
}
