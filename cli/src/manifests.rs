//! Every command line in the manifests is one that this program takes: a flag that was renamed or a value that cannot be would be
//! found on the machine of whoever installs it.

use crate::commands::Arguments;
use clap::Parser;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands for what is known only where the manifest is used.
const PLACES: [(&str, &str); 3] = [("$POD_IP", "10.0.0.7"), ("$POD", "hearth-server-1"), ("$1", "server")];
/// Where settings of a service stand, also in its comments.
const FLAGS: &str = "HEARTH_FLAGS=";

fn manifests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests")
}

/// Files of a folder with this ending, as name without it and text.
fn texts(folder: &str, ending: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(manifests().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.filter(|path| path.to_str().unwrap().ends_with(ending) && path.is_file());
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches(ending).to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    named.map(read).collect()
}

/// The words after the last `hearth` that begins a command in this line.
fn command<'l>(line: &'l str, before: &str) -> Option<&'l str> {
    let at = line.find(before)? + before.len();
    Some(&line[at..])
}

fn words(line: &str) -> Vec<String> {
    let line = PLACES.iter().fold(line.to_owned(), |line, (place, value)| line.replace(place, value));
    line.split_whitespace().map(|word| word.replace(['"', '\''], "")).collect()
}

/// Command lines of the units, with each line of flags that their settings show.
fn of_units() -> Vec<String> {
    let units = texts("homelab/systemd", ".service");
    let lines = units.iter().flat_map(|(name, unit)| {
        let start = unit.lines().find_map(|line| command(line, "ExecStart=/usr/bin/hearth ")).unwrap();
        let settings = format!("homelab/env/{}.env", name.strip_prefix("hearth-").unwrap());
        let settings = fs::read_to_string(manifests().join(settings)).unwrap();
        let flags: Vec<String> =
            settings.lines().filter_map(|line| command(line, FLAGS).map(str::to_owned)).collect();
        assert!(flags.len() >= 2, "{name}: an example and a default");
        flags.into_iter().map(|flags| start.replace("$HEARTH_FLAGS", &flags)).collect::<Vec<_>>()
    });
    lines.collect()
}

/// Command lines of pods, with each set of arguments that their scripts choose.
fn of_pods() -> Vec<String> {
    let files = texts("kubernetes", ".yaml");
    let lines = files.iter().flat_map(|(_, text)| {
        let chosen: Vec<&str> = text.lines().filter_map(|line| command(line, "set -- ")).collect();
        text.lines()
            .filter_map(|line| command(line, "exec hearth "))
            .flat_map(move |line| match chosen.is_empty() {
                true => vec![line.to_owned()],
                false => chosen.iter().map(|words| line.replace("\"$@\"", words)).collect(),
            })
            .collect::<Vec<_>>()
    });
    lines.collect()
}

/// Command lines of scripts and of the pages beside them.
fn of_scripts() -> Vec<String> {
    let mut texts: Vec<String> = ["homelab/uninstall", "homelab/debian/prerm", "kubernetes/README.md"]
        .map(|file| fs::read_to_string(manifests().join(file)).unwrap())
        .into();
    texts.iter_mut().for_each(|text| *text = text.replace("; }", ""));
    let begin = ["/usr/bin/hearth ", "    hearth ", "-- hearth "];
    let found = |line| begin.iter().find_map(|begin| command(line, begin));
    // A file that is looked for or removed is not run.
    let run = |line: &&str| !line.contains("&&") && !line.trim_start().starts_with("rm ");
    let lines = texts.iter().flat_map(|text| text.lines().filter(run).filter_map(found));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_command_line_is_taken() {
    let lines = [of_units(), of_pods(), of_scripts()];
    let counts = lines.each_ref().map(Vec::len);
    assert!(counts[0] >= 6 && counts[1] >= 3 && counts[2] >= 3, "{counts:?}");
    for line in lines.concat() {
        let words = [vec!["hearth".to_owned()], words(&line)].concat();
        if let Err(error) = Arguments::try_parse_from(&words) {
            panic!("hearth {line}: {error}");
        }
    }
    let slip = ["hearth", "server", "--grpc-adr", "10.0.0.1:4567"];
    assert!(Arguments::try_parse_from(slip).is_err());
}
