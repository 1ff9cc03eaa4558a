//! The resource folder: who knows one, finds his way in all.

use crate::sources::{Source, none, rust};

/// Which file of a resource folder holds what.
const PLACES: [(&str, &str); 4] = [
    ("impl Controller for ", "controller"),
    ("impl Declarative for ", "manifest"),
    ("impl Record for ", "types"),
    ("impl Tabular for ", "columns"),
];

/// Folders with more than one record keep each with its own rules.
const ELSEWHERE: [&str; 1] = ["controlplane/services/ec2/src/security_group/rule.rs"];

/// Services in AWS's pattern; the kernel is what they are built from.
fn is_service(source: &&Source) -> bool {
    source.path.starts_with("controlplane/services/")
        && !source.path.starts_with("controlplane/services/kernel/")
        && !source.is_test()
}

/// `RunInstances` lives in `ops/run_instances.rs`; a long name may be cut at its end.
fn misplaced_actions(source: &Source) -> Vec<String> {
    let actions = source.code().filter_map(|(_, line)| {
        let rest =
            line.strip_prefix("impl Operation for ").or_else(|| line.strip_prefix("impl Query for "))?;
        rest.split([' ', '<']).next()
    });
    let wrong = actions.filter(|action| source.folder() != "ops" || snake(action) != source.stem());
    wrong.map(|action| format!("{}: {action} belongs into ops/{}.rs", source.path, snake(action))).collect()
}

fn misplaced_parts(source: &Source) -> Vec<String> {
    let places = PLACES.iter().filter(|(part, place)| {
        source.stem() != *place && source.code().any(|(_, line)| line.starts_with(part))
    });
    places.map(|(part, place)| format!("{}: `{part}` belongs into {place}.rs", source.path)).collect()
}

/// One place per service where an error gets its AWS code.
fn stray_codes(source: &Source) -> Vec<String> {
    if source.path.contains("/src/errors") {
        return Vec::new();
    }
    source.holding(&["ServiceError::new("], "error codes live in errors.rs").collect()
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut letters = name.chars().peekable();
    let mut after_small = false;
    while let Some(letter) = letters.next() {
        // `OpenIDConnect` is three words: a word ends before a capital that stands behind or before a small letter.
        let begins = after_small || letters.peek().is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && begins && !out.is_empty() {
            out.push('_');
        }
        after_small = !letter.is_ascii_uppercase();
        out.push(letter.to_ascii_lowercase());
    }
    out
}

fn service_sources() -> Vec<Source> {
    let found: Vec<Source> = rust().iter().filter(is_service).cloned().collect();
    assert!(found.len() > 50, "only {} files of services", found.len());
    found
}

#[test]
fn an_action_is_a_file() {
    let broken =
        Source::new("controlplane/services/x/src/vpc/ops/create.rs", "impl Operation for DeleteVpc {");
    assert_eq!(misplaced_actions(&broken).len(), 1);
    none(service_sources().iter().flat_map(misplaced_actions));
}

#[test]
fn every_part_has_its_file() {
    assert_eq!(
        misplaced_parts(&Source::new("controlplane/services/x/src/vpc/mod.rs", "impl Record for Vpc {"))
            .len(),
        1
    );
    let sources = service_sources();
    none(
        sources.iter().filter(|source| !ELSEWHERE.contains(&source.path.as_str())).flat_map(misplaced_parts),
    );
    none(
        ELSEWHERE
            .iter()
            .filter(|path| !sources.iter().any(|source| source.path == **path))
            .map(|path| (*path).to_owned()),
    );
}

#[test]
fn error_codes_have_one_place() {
    let broken = Source::new(
        "controlplane/services/x/src/vpc/validate.rs",
        "    ServiceError::new(\"Oops\", 400, text)",
    );
    assert_eq!(stray_codes(&broken).len(), 1);
    none(service_sources().iter().flat_map(stray_codes));
}
