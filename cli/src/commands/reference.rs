//! The whole command line as `--help` tells it, kept in `cli/reference.txt`: whoever changes a word of it sees what users
//! will see. `HEARTH_UPDATE_REFERENCE=1 cargo test -p cli reference` writes the file anew.

use super::Arguments;
use clap::{Command, CommandFactory};
use std::fmt::Write;
use std::path::Path;

/// Wide enough that no sentence is broken.
const WIDTH: usize = 160;

fn commands(parents: &str, command: &Command, visit: &mut dyn FnMut(&str, &Command)) {
    let name = format!("{parents}{}", command.get_name());
    visit(&name, command);
    for one in command.get_subcommands().filter(|one| one.get_name() != "help") {
        commands(&format!("{name} "), one, visit);
    }
}

fn whole() -> Command {
    let mut command = Arguments::command().term_width(WIDTH).max_term_width(WIDTH);
    command.build();
    command
}

#[test]
fn every_command_says_what_it_does_with_an_example() {
    let mut without = Vec::new();
    commands("", &whole(), &mut |name, command| {
        let about = command.get_long_about().or(command.get_about()).map(ToString::to_string);
        let is_leaf = command.get_subcommands().all(|one| one.get_name() == "help");
        if about.is_none_or(|about| about.is_empty() || (is_leaf && !about.contains("Example:"))) {
            without.push(name.to_owned());
        }
    });
    assert_eq!(without, Vec::<String>::new());
}

#[test]
fn the_reference_is_what_help_says() {
    let mut reference = String::new();
    commands("", &whole(), &mut |name, command| {
        let help = command.clone().render_long_help().to_string();
        let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        write!(reference, "== {name} ==\n\n{}\n\n", help.trim_end()).unwrap();
    });
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference.txt");
    if std::env::var_os("HEARTH_UPDATE_REFERENCE").is_some() {
        std::fs::write(&file, &reference).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let first = reference.lines().zip(kept.lines()).find(|(now, kept)| now != kept);
    assert!(
        reference == kept,
        "cli/reference.txt is out of date, first at {first:?}; HEARTH_UPDATE_REFERENCE=1 cargo test -p cli reference"
    );
}
