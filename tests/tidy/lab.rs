//! What an operator installs: units that systemd takes and that are as closed as they claim, scripts that undo what they do,
//! a package and pods made of files that exist.

use crate::sources::{Source, files};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const UNITS: [&str; 3] = ["hearth-agent.service", "hearth-dns.service", "hearth-server.service"];
/// Exposure by `systemd-analyze security`, in tenths. The agent makes namespaces, and its unit says why it is so open.
const MOST_EXPOSED: [(&str, u32); 3] =
    [("hearth-agent.service", 90), ("hearth-dns.service", 17), ("hearth-server.service", 13)];

fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; `make setup` installs what is needed"))
}

fn done(command: &mut Command) -> String {
    let output = run(command);
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn homelab(script: &str) -> Command {
    Command::new(tests::checkout().join("manifests/homelab").join(script))
}

/// A folder with the units installed, of programs that are only there.
fn installed() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (programs, root) = (folder.path().join("programs"), folder.path().join("root"));
    fs::create_dir(&programs).unwrap();
    for program in ["hearth", "hearth-shim"] {
        fs::write(programs.join(program), "#!/bin/sh\n").unwrap();
    }
    done(homelab("install").arg("--root").arg(&root).arg(&programs));
    (folder, root)
}

fn under(root: &Path) -> BTreeSet<String> {
    let found = done(Command::new("find").arg(root).args(["-type", "f", "-printf", "%P\n"]));
    found.lines().map(str::to_owned).collect()
}

#[test]
fn systemd_takes_the_units() {
    let (_folder, root) = installed();
    // The targets that they name are the machine's.
    let system = root.join("usr/lib/systemd/system");
    done(Command::new("cp").args(["-a", "/lib/systemd/system/."]).arg(&system));
    done(Command::new("systemd-analyze").arg("verify").arg("--root").arg(&root).args(UNITS));
    let unit = system.join(UNITS[0]);
    let broken = fs::read_to_string(&unit).unwrap().replace("/usr/bin/hearth ", "/usr/bin/hearht ");
    fs::write(&unit, broken).unwrap();
    let verify = run(Command::new("systemd-analyze").arg("verify").arg("--root").arg(&root).arg(UNITS[0]));
    assert!(!verify.status.success(), "a slip is seen");
}

#[test]
fn units_are_as_closed_as_they_claim() {
    for (unit, most) in MOST_EXPOSED {
        let file = tests::checkout().join("manifests/homelab/systemd").join(unit);
        let analyze = |most: u32| {
            let threshold = format!("--threshold={most}");
            run(Command::new("systemd-analyze").args(["security", "--offline=yes", &threshold]).arg(&file))
        };
        let seen = analyze(most);
        assert!(seen.status.success(), "{unit}: {}", String::from_utf8_lossy(&seen.stdout));
        assert!(!analyze(1).status.success(), "{unit}: nothing is that closed");
    }
}

#[test]
fn what_is_installed_can_be_removed() {
    let (_folder, root) = installed();
    let files = under(&root);
    for unit in UNITS {
        assert!(files.contains(&format!("usr/lib/systemd/system/{unit}")), "{files:?}");
    }
    let settings = root.join("etc/hearth/server.env");
    fs::write(&settings, "HEARTH_FLAGS=--mine\n").unwrap();
    let programs = root.join("usr/bin");
    let copies = root.parent().unwrap().join("again");
    fs::create_dir(&copies).unwrap();
    for program in ["hearth", "hearth-shim"] {
        fs::copy(programs.join(program), copies.join(program)).unwrap();
    }
    done(homelab("install").arg("--root").arg(&root).arg(&copies));
    assert_eq!(fs::read_to_string(&settings).unwrap(), "HEARTH_FLAGS=--mine\n", "settings stay");
    done(homelab("uninstall").arg("--root").arg(&root));
    let left: BTreeSet<String> =
        ["agent", "dns", "server"].map(|name| format!("etc/hearth/{name}.env")).into();
    assert_eq!(under(&root), left);
    done(homelab("uninstall").arg("--root").arg(&root).arg("--purge"));
    assert_eq!(under(&root), BTreeSet::new());
}

/// Quoted strings of a line of the manifest.
fn quoted(line: &str) -> Vec<&str> {
    line.split('"').skip(1).step_by(2).collect()
}

#[test]
fn the_package_is_made_of_files_that_exist() {
    let cli = tests::checkout().join("cli");
    let manifest = fs::read_to_string(cli.join("Cargo.toml")).unwrap();
    let section = manifest.split_once("[package.metadata.deb]").unwrap().1;
    let is_file = |path: &str| assert!(cli.join(path).is_file(), "cli/Cargo.toml: there is no {path}");
    let assets: Vec<Vec<&str>> =
        section.lines().filter(|line| line.starts_with("    [")).map(quoted).collect();
    let (programs, others): (Vec<_>, Vec<_>) =
        assets.iter().partition(|asset| asset[0].starts_with("target/release/"));
    assert_eq!(programs.len(), 2);
    assert!(others.len() >= 5);
    others.iter().for_each(|asset| is_file(asset[0]));
    let units: Vec<Vec<&str>> =
        section.lines().filter(|line| line.contains("unit-name")).map(quoted).collect();
    assert_eq!(units.len(), UNITS.len());
    units.iter().for_each(|unit| is_file(&format!("{}/{}.service", unit[1], unit[0])));
    let settings = section.lines().find(|line| line.starts_with("conf-files")).unwrap();
    for file in quoted(settings) {
        assert!(assets.iter().any(|asset| format!("/{}", asset[1]) == *file), "{file} is not in the package");
    }
    let scripts = section.lines().find(|line| line.starts_with("maintainer-scripts")).unwrap();
    for script in ["postinst", "prerm", "postrm"] {
        is_file(&format!("{}/{script}", quoted(scripts)[0]));
    }
}

fn documents() -> Vec<(String, Value)> {
    let sources: Vec<Source> = files(".yaml")
        .into_iter()
        .filter(|source| source.path.starts_with("manifests/kubernetes/"))
        .collect();
    assert!(sources.len() >= 3, "{}", sources.len());
    let parse = |source: &Source| {
        let parsed = serde_saphyr::from_multiple::<Value>(&source.text);
        let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", source.path));
        parsed.into_iter().map(|document| (source.path.clone(), document)).collect::<Vec<_>>()
    };
    sources.iter().flat_map(parse).collect()
}

/// What pods must say of themselves, and that everything they name is there.
fn faults(path: &str, set: &Value, known: &BTreeSet<(String, String)>) -> Vec<String> {
    let name = set["metadata"]["name"].as_str().unwrap_or_default();
    let fault = |what: &str| format!("{path}: {name}: {what}");
    let spec = &set["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    let ports: Vec<&Value> =
        container["ports"].as_array().into_iter().flatten().map(|port| &port["name"]).collect();
    let mut faults = Vec::new();
    for probe in ["livenessProbe", "readinessProbe"] {
        let port = container[probe].get("httpGet").or_else(|| container[probe].get("tcpSocket"));
        if port.is_none_or(|probe| !ports.contains(&&probe["port"])) {
            faults.push(fault(&format!("{probe} asks no port of the container")));
        }
    }
    let mounts = container["volumeMounts"].as_array().into_iter().flatten();
    let volumes = spec["volumes"].as_array().into_iter().flatten().map(|volume| &volume["name"]);
    let claims = set["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten();
    let volumes: Vec<&Value> = volumes.chain(claims.map(|claim| &claim["metadata"]["name"])).collect();
    faults.extend(
        mounts
            .filter(|mount| !volumes.contains(&&mount["name"]))
            .map(|mount| fault(&format!("no volume {mount}"))),
    );
    if &set["spec"]["selector"]["matchLabels"] != labels {
        faults.push(fault("selects other pods than its own"));
    }
    let service = set["spec"]["serviceName"].as_str().unwrap_or_default().to_owned();
    if !known.contains(&("Service".to_owned(), service)) {
        faults.push(fault("names a service that is not there"));
    }
    let secure = &container["securityContext"];
    if secure["allowPrivilegeEscalation"] != false || spec["securityContext"]["runAsNonRoot"] != true {
        faults.push(fault("its namespace would refuse it"));
    }
    faults
}

#[test]
fn pods_name_what_is_there() {
    let documents = documents();
    let name = |document: &Value, field: &str| document[field].as_str().unwrap_or_default().to_owned();
    let known: BTreeSet<(String, String)> = documents
        .iter()
        .map(|(_, document)| (name(document, "kind"), name(&document["metadata"], "name")))
        .collect();
    for (path, document) in &documents {
        let namespace = document["metadata"]["namespace"].as_str();
        assert!(document["kind"] == "Namespace" || namespace == Some("hearth"), "{path}: {document}");
    }
    let sets: Vec<_> = documents.iter().filter(|(_, document)| document["kind"] == "StatefulSet").collect();
    assert_eq!(sets.len(), 2);
    let found: Vec<String> = sets.iter().flat_map(|(path, set)| faults(path, set, &known)).collect();
    assert_eq!(found, [""; 0]);
    let mut broken = sets[0].1.clone();
    broken["spec"]["template"]["spec"]["containers"][0]["ports"] = Value::Null;
    assert_eq!(faults("broken", &broken, &known).len(), 2);
}
