//! The command line.

use crate::config::{Config, checked_id};
use crate::failure::Failure;
use crate::record;
use crate::relay::Size;
use std::path::PathBuf;

/// Where state folders are unless `--root` says otherwise.
const DEFAULT_ROOT: &str = "/run/hearth/shim";

/// What `--help` prints.
pub(crate) const HELP: &str = "\
hearth-shim: starts and supervises one container

  run [--rm] [--detach] --id ID --rootfs DIR [SETTING...] [--] COMMAND...
                          start a container; wait for its end unless --detach
  start ID                start the container whose config file is in its state folder, detached
  adopt ID                supervise a running container whose supervisor was killed, detached
  stop [--grace-ms N] ID  SIGTERM, after N ms (10000) SIGKILL; wait for its end
  exec [--terminal ROWSxCOLUMNS] ID [--] COMMAND...
                          run a command in a running container (with a terminal: input in frames)
  rm [--force] ID         remove a container; --force ends it first

  All take --root DIR: the folder of state folders (/run/hearth/shim).
  Settings of run, as --KEY VALUE:
    rootfs DIR, or lower DIR, upper DIR and work DIR (overlay)
    netns FILE, hostname NAME, cwd DIR, uid N, gid N, env NAME=VALUE (repeatable)
    cpu-millis N, memory-bytes N, pids N, cgroup-root DIR, cgroup-parent PATH
    console FILE, console-bytes N

  Exit codes: the command's, 128 + signal, 125 the shim failed, 126 not executable, 127 no such command.
";

/// What is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Start a container as described here.
    Run { config: Box<Config>, detach: bool, remove: bool },
    /// Start one that is described in its state folder.
    Start { id: String },
    /// Become the supervisor of a running one.
    Adopt { id: String },
    /// End one.
    Stop { id: String, grace_ms: i32 },
    /// Run a command in one.
    Exec { id: String, command: Vec<String>, terminal: Option<Size> },
    /// Remove one.
    Remove { id: String, force: bool },
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// The whole command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) root: PathBuf,
    pub(crate) action: Action,
}

/// Reads the command line without the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Arguments, Failure> {
    let mut arguments = arguments.into_iter();
    let verb = arguments.next().unwrap_or_default();
    let words = Words::collect(arguments)?;
    let root = words.value("root").unwrap_or(DEFAULT_ROOT).into();
    let action = match verb.as_str() {
        "run" => run(words)?,
        "start" => Action::Start { id: words.only("start", &[])?.id()? },
        "adopt" => Action::Adopt { id: words.only("adopt", &[])?.id()? },
        "stop" => stop(words)?,
        "exec" => exec(words)?,
        "rm" => remove(words)?,
        "help" | "--help" | "-h" => Action::Help,
        "version" | "--version" | "-V" => Action::Version,
        other => return Err(Failure::new(format!("{other:?}: no such action; try --help"))),
    };
    Ok(Arguments { root, action })
}

/// Options that take no value.
const SWITCHES: [&str; 3] = ["rm", "detach", "force"];

/// The words behind the verb: options first, then the rest.
struct Words {
    options: Vec<(String, String)>,
    rest: Vec<String>,
}

impl Words {
    fn collect(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut options, mut rest) = (Vec::new(), Vec::new());
        while let Some(word) = arguments.next() {
            match word.strip_prefix("--") {
                Some("") => break,
                Some(name) if SWITCHES.contains(&name) => options.push((name.to_owned(), String::new())),
                Some(name) => {
                    let value = arguments.next();
                    let value =
                        value.ok_or_else(|| Failure::new(format!("--{name}: its value is missing")))?;
                    options.push((name.to_owned(), value));
                }
                None => {
                    rest.push(word);
                    break;
                }
            }
        }
        // An id may be followed by `--`; what is behind it may look like options.
        rest.extend(arguments);
        if rest.get(1).is_some_and(|word| word == "--") {
            rest.remove(1);
        }
        Ok(Self { options, rest })
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Refuses options the action does not have.
    fn only(self, verb: &str, names: &[&str]) -> Result<Self, Failure> {
        let unknown = self.options.iter().find(|(key, _)| key != "root" && !names.contains(&key.as_str()));
        match unknown {
            Some((key, _)) => Err(Failure::new(format!("--{key}: {verb} has no such option"))),
            None => Ok(self),
        }
    }

    /// The one id that must be all the rest.
    fn id(&self) -> Result<String, Failure> {
        match &self.rest[..] {
            [id] => checked_id(id),
            [] => Err(Failure::new("id: missing")),
            [_, extra, ..] => Err(Failure::new(format!("{extra:?}: unexpected"))),
        }
    }
}

fn run(words: Words) -> Result<Action, Failure> {
    let mut config = Config::default();
    let (mut detach, mut remove) = (false, false);
    for (key, value) in &words.options {
        match key.as_str() {
            "root" => {}
            "detach" => detach = true,
            "rm" => remove = true,
            // Both are lists or words of their own here.
            "arg" | "force" => return Err(Failure::new(format!("--{key}: run has no such option"))),
            _ => config.set(key, value)?,
        }
    }
    config.command = words.rest;
    config.check()?;
    Ok(Action::Run { config: Box::new(config), detach, remove })
}

fn stop(words: Words) -> Result<Action, Failure> {
    let words = words.only("stop", &["grace-ms"])?;
    let grace_ms = record::number("--grace-ms", words.value("grace-ms").unwrap_or("10000"))?;
    Ok(Action::Stop { id: words.id()?, grace_ms })
}

fn exec(words: Words) -> Result<Action, Failure> {
    let words = words.only("exec", &["terminal"])?;
    let terminal = words.value("terminal").map(size).transpose()?;
    let (id, command) = words.rest.split_first().ok_or_else(|| Failure::new("id: missing"))?;
    if command.first().is_none_or(String::is_empty) {
        return Err(Failure::new("command: missing"));
    }
    Ok(Action::Exec { id: checked_id(id)?, command: command.to_vec(), terminal })
}

fn remove(words: Words) -> Result<Action, Failure> {
    let words = words.only("rm", &["force"])?;
    Ok(Action::Remove { id: words.id()?, force: words.value("force").is_some() })
}

fn size(text: &str) -> Result<Size, Failure> {
    let (rows, columns) = text
        .split_once('x')
        .ok_or_else(|| Failure::new(format!("--terminal: {text:?} is not ROWSxCOLUMNS")))?;
    Ok(Size { rows: record::number("--terminal", rows)?, columns: record::number("--terminal", columns)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, Failure> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn command_lines() {
        let run = parsed("run --rm --id a --rootfs /r --env A=1 -- /bin/echo --rm").expect("run");
        let Action::Run { config, detach: false, remove: true } = run.action else { panic!("{run:?}") };
        assert_eq!(config.command, ["/bin/echo", "--rm"]);
        assert_eq!((config.id.as_str(), config.environment.len()), ("a", 1));
        for (line, action) in [
            ("rm --force a", Action::Remove { id: "a".into(), force: true }),
            ("stop --grace-ms 5 a", Action::Stop { id: "a".into(), grace_ms: 5 }),
            ("adopt a", Action::Adopt { id: "a".into() }),
            ("--help", Action::Help),
            (
                "exec --terminal 24x80 a -- ls --all",
                Action::Exec {
                    id: "a".into(),
                    command: vec!["ls".into(), "--all".into()],
                    terminal: Some(Size { rows: 24, columns: 80 }),
                },
            ),
        ] {
            assert_eq!(parsed(line).expect(line).action, action, "{line}");
        }
        assert_eq!(parsed("start --root /x a").expect("start").root, PathBuf::from("/x"));
    }

    #[test]
    fn bad_command_lines_say_what_is_wrong() {
        for (line, text) in [
            ("", "no such action"),
            ("run --id a --rootfs /r", "command: missing"),
            ("run --id a /bin/true", "root: give either"),
            ("run --id", "--id: its value is missing"),
            ("run --id a --rootfs /r --arg x y", "--arg: run has no such option"),
            ("start", "id: missing"),
            ("start a b", "\"b\": unexpected"),
            ("start --force a", "--force: start has no such option"),
            ("stop --grace-ms soon a", "--grace-ms: \"soon\" is not a number"),
            ("exec a", "command: missing"),
            ("exec --terminal 5 a ls", "not ROWSxCOLUMNS"),
            ("rm ../a", "id: \"../a\" is not"),
        ] {
            let failure = parsed(line).expect_err(line);
            assert!(failure.text.contains(text), "{line}: {}", failure.text);
        }
    }
}
