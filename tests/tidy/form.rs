//! What files look like and where they lie.

use crate::sources::{Source, files, none, rust};
use std::fs;

const MAX_LINES: usize = 600;
const MAX_TEST_PROGRAMS: usize = 6;
/// Every visible entry of the checkout; tools keep their settings in hidden ones.
const TOP_LEVEL: [&str; 11] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "agent",
    "cli",
    "controlplane",
    "dns",
    "manifests",
    "tests",
];

fn long(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    (lines > MAX_LINES)
        .then(|| format!("{}: {lines} lines, {MAX_LINES} are enough for one subject", source.path))
}

/// A folder's `mod.rs` says why the folder is; a list of actions (`ops/mod.rs`) has nothing to say.
fn undocumented(source: &Source) -> Option<String> {
    let heads = ["mod", "lib", "main"].contains(&source.stem()) && source.folder() != "ops";
    (heads && !source.text.starts_with("//!"))
        .then(|| format!("{}: does not begin with module docs", source.path))
}

fn leftovers(source: &Source) -> Vec<String> {
    let words = ["TODO", "FIXME", "todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
    let lines = source.text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let word = words.iter().find(|word| line.contains(**word))?;
            Some(format!("{}:{}: {word}", source.path, index + 1))
        })
        .collect()
}

/// Names without a subject attract everything.
fn shapeless(source: &Source) -> Option<String> {
    let names = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
    let parts = source.path.trim_end_matches(".rs").split(['/', '.']);
    let found = parts.into_iter().find(|part| names.contains(part))?;
    Some(format!("{}: {found:?} is a name for anything", source.path))
}

/// `controlplane/services/ec2` is `controlplane-services-ec2`; the root manifest is no package.
fn misnamed(manifest: &Source) -> Option<String> {
    let expected = manifest.path.strip_suffix("/Cargo.toml")?.replace('/', "-");
    let named = format!("name = \"{expected}\"");
    (!manifest.text.contains(&named))
        .then(|| format!("{}: the package is not called {expected}", manifest.path))
}

#[test]
fn files_are_short() {
    assert!(long(&Source::new("a.rs", &"\n".repeat(601))).is_some());
    none(rust().iter().filter_map(long));
}

#[test]
fn modules_say_why_they_are() {
    assert!(undocumented(&Source::new("a/mod.rs", "mod b;")).is_some());
    none(rust().iter().filter_map(undocumented));
}

#[test]
fn nothing_is_left_to_do() {
    assert_eq!(leftovers(&Source::new("a.rs", "\n// TODO: more")), ["a.rs:2: TODO"]);
    let own = "tests/tidy/form.rs";
    none(rust().iter().filter(|source| source.path != own).flat_map(leftovers));
}

#[test]
fn names_have_a_subject() {
    assert!(shapeless(&Source::new("a/src/util/mod.rs", "")).is_some());
    none(rust().iter().filter_map(shapeless));
}

#[test]
fn packages_are_called_as_their_path() {
    assert!(misnamed(&Source::new("a/b/Cargo.toml", "name = \"b\"")).is_some());
    // Takes the place of a published crate, which a package can do only under that crate's name.
    let stand_in = "controlplane/raft/histogram/Cargo.toml";
    none(files("Cargo.toml").iter().filter(|manifest| manifest.path != stand_in).filter_map(misnamed));
}

#[test]
fn the_top_level_is_this() {
    let entries = fs::read_dir(tests::checkout())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut visible: Vec<String> =
        entries.filter(|name| !name.starts_with('.') && name != "target").collect();
    visible.sort();
    assert_eq!(visible, TOP_LEVEL);
}

#[test]
fn test_programs_are_few() {
    let manifests = files("Cargo.toml");
    let programs: usize = manifests.iter().map(|manifest| manifest.text.matches("[[test]]").count()).sum();
    assert!((1..=MAX_TEST_PROGRAMS).contains(&programs), "{programs} test programs");
    // Cargo makes a program of each file in a package's `tests` folder.
    let packages = manifests.iter().filter_map(|manifest| manifest.path.strip_suffix("Cargo.toml"));
    let folders = packages
        .filter(|package| !package.is_empty() && *package != "tests/")
        .map(|package| format!("{package}tests"));
    none(
        folders
            .filter(|folder| tests::checkout().join(folder).exists())
            .map(|folder| format!("{folder}: test programs live in tests/")),
    );
}
