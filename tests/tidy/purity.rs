//! The core is pure: no clock, no randomness, no sockets, no files, no tasks. And where the shell begins, the world comes
//! from one `Runtime`, so that the simulator can replace it.

use crate::sources::{Source, files, none, rust};

/// What services may be made of: data, codecs, digests, numbers.
const SERVICE_DEPENDENCIES: [&str; 20] = [
    // A pointer that readers need no lock for: what a view keeps beside its records.
    "arc-swap",
    "aws-lc-rs",
    "base64",
    "crypto-bigint",
    "crypto-primes",
    "erased-serde",
    "http",
    "ipnet",
    // Checks signatures of tokens; what time it is, it is told.
    "jsonwebtoken",
    "minicbor",
    // Signs without drawing a number.
    "p256",
    "rand_chacha",
    "rpds",
    "schemars",
    "serde",
    "serde-saphyr",
    "serde_json",
    "serde_path_to_error",
    "thiserror",
    "controlplane-",
];

/// Each would make the same call on the same view give another result, or wait.
const IMPURE: [&str; 15] = [
    "async fn",
    ".await",
    "tokio",
    "std::env",
    "std::fs",
    "std::io",
    "std::process",
    "std::thread",
    "TcpStream",
    "UdpSocket",
    "SystemTime",
    "Instant",
    "HashMap",
    "HashSet",
    "println!",
];

/// Time, randomness and tasks that the simulator would not see.
const AMBIENT: [&str; 8] = [
    "tokio::spawn",
    "tokio::time::",
    "SystemTime::now",
    "Instant::now",
    "thread::sleep",
    "rand::rng",
    "rand::random",
    "getrandom",
];

/// The shells: code that is about this one machine and never runs in the simulator.
const SHELLS: [(&str, &str); 4] = [
    ("controlplane/raft/src/runtime/", "the Runtime itself"),
    ("agent/src/backend/linux/", "real processes; the simulator has a backend of its own"),
    ("agent/shim/", "a program of its own, one per instance"),
    ("cli/", "what a person starts"),
];

fn is_core(path: &str) -> bool {
    path.starts_with("controlplane/services/") || path.starts_with("controlplane/scheduler/")
}

fn foreign_dependencies(manifest: &Source) -> Vec<String> {
    let lines = manifest.text.lines();
    let section =
        lines.skip_while(|line| *line != "[dependencies]").skip(1).take_while(|line| !line.starts_with('['));
    let names = section.filter_map(|line| line.split([' ', '.', '=']).next()).filter(|name| !name.is_empty());
    let allowed = |name: &&str| {
        SERVICE_DEPENDENCIES
            .iter()
            .any(|known| known == name || (known.ends_with('-') && name.starts_with(known)))
    };
    let shell = ["controlplane-server", "controlplane-raft", "controlplane-proto", "controlplane-telemetry"];
    let foreign = names.filter(|name| shell.contains(name) || !allowed(name));
    foreign.map(|name| format!("{}: {name} is not for the pure core", manifest.path)).collect()
}

fn impurities(source: &Source) -> Vec<String> {
    source.holding(&IMPURE, "the core is pure").collect()
}

fn ambient(source: &Source) -> Vec<String> {
    if source.is_test() || SHELLS.iter().any(|(shell, _)| source.path.starts_with(shell)) {
        return Vec::new();
    }
    source.holding(&AMBIENT, "time, randomness and tasks come from the Runtime").collect()
}

#[test]
fn the_core_depends_on_data_only() {
    let manifest = Source::new(
        "controlplane/services/x/Cargo.toml",
        "[dependencies]\ntokio = 1\nserde.workspace = true\n",
    );
    assert_eq!(foreign_dependencies(&manifest).len(), 1);
    let core: Vec<Source> =
        files("Cargo.toml").into_iter().filter(|manifest| is_core(&manifest.path)).collect();
    assert!(core.len() >= 7, "{core:?}");
    none(core.iter().flat_map(foreign_dependencies));
}

#[test]
fn the_core_is_pure() {
    let broken = "fn f() {\n    let now = std::time::Instant::now();\n}\n#[cfg(test)]\nuse std::fs;";
    assert_eq!(impurities(&Source::new("controlplane/scheduler/src/a.rs", broken)).len(), 1);
    none(rust().iter().filter(|source| is_core(&source.path) && !source.is_test()).flat_map(impurities));
}

#[test]
fn the_world_comes_from_the_runtime() {
    let broken = Source::new("dns/src/a.rs", "fn f() { tokio::spawn(async {}); }");
    assert_eq!(ambient(&broken).len(), 1);
    none(rust().iter().flat_map(ambient));
}

#[test]
fn every_shell_is_there() {
    let sources = rust();
    let missing =
        SHELLS.iter().filter(|(shell, _)| !sources.iter().any(|source| source.path.starts_with(shell)));
    none(missing.map(|(shell, _)| format!("{shell}: is gone; take it out of the list")));
}
