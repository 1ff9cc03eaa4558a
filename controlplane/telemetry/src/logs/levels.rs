//! Log levels as people type them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// More than anybody types; each costs a comparison per kind of line.
const MOST_TARGETS: usize = 64;
const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

/// How much each part of the program says: a level for all, and others for some targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    everybody: LevelFilter,
    targets: BTreeMap<String, LevelFilter>,
}

/// What is wrong with a list of levels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// Not a level.
    #[error(
        "{0:?} is no log level: it must be off, error, warn, info, debug or trace, alone or as TARGET=LEVEL"
    )]
    Level(String),
    /// Not the path of a module.
    #[error("{0:?} is no log target: it must be the path of a module, such as controlplane_server::gateway")]
    Target(String),
    /// Too many.
    #[error("at most {MOST_TARGETS} targets can have a level of their own")]
    Many,
}

impl Levels {
    /// These levels, with `changes` made.
    pub(super) fn changed(&self, changes: &str) -> Result<Self, LevelError> {
        let mut levels = self.clone();
        for part in changes.split(',').map(str::trim) {
            match part.split_once('=') {
                None => levels.everybody = level(part)?,
                Some((target, word)) => {
                    levels.targets.insert(checked(target)?.to_owned(), level(word)?);
                }
            }
        }
        if levels.targets.len() > MOST_TARGETS { Err(LevelError::Many) } else { Ok(levels) }
    }

    pub(super) fn to_targets(&self) -> Targets {
        let targets = self.targets.iter().map(|(target, level)| (target.clone(), *level));
        Targets::new().with_default(self.everybody).with_targets(targets)
    }
}

impl FromStr for Levels {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        // Whoever names only targets wants nothing of the others, as RUST_LOG has it.
        Self { everybody: LevelFilter::OFF, targets: BTreeMap::new() }.changed(text)
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(name(self.everybody))?;
        self.targets.iter().try_for_each(|(target, level)| write!(f, ",{target}={}", name(*level)))
    }
}

fn name(level: LevelFilter) -> &'static str {
    LEVELS.iter().find(|(_, known)| *known == level).map_or("off", |(name, _)| name)
}

fn level(word: &str) -> Result<LevelFilter, LevelError> {
    let found = LEVELS.iter().find(|(name, _)| *name == word);
    found.map(|(_, level)| *level).ok_or_else(|| LevelError::Level(word.to_owned()))
}

fn checked(target: &str) -> Result<&str, LevelError> {
    let plain = target.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte));
    if plain && !target.is_empty() { Ok(target) } else { Err(LevelError::Target(target.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn what_is_typed_is_what_is_shown() {
        for (typed, shown) in [
            ("info", "info"),
            ("info,openraft=warn", "info,openraft=warn"),
            ("b=debug, a=off ,warn", "warn,a=off,b=debug"),
            ("a::b=trace", "off,a::b=trace"),
        ] {
            assert_eq!(
                typed.parse::<Levels>().map(|levels| levels.to_string()).as_deref(),
                Ok(shown),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_slip_is_refused() {
        for typed in [
            "",
            "loud",
            "INFO",
            "info,",
            "a=",
            "=info",
            "a=info=debug",
            "a b=info",
            "info;warn",
            "[span]=info",
        ] {
            assert!(typed.parse::<Levels>().is_err(), "{typed}");
        }
        let many: Vec<String> = (0..=MOST_TARGETS).map(|number| format!("t{number}=info")).collect();
        assert_eq!(many.join(",").parse::<Levels>(), Err(LevelError::Many));
    }

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let levels: Levels = "info,openraft=warn".parse().unwrap();
        assert_eq!(levels.changed("agent=debug").unwrap().to_string(), "info,agent=debug,openraft=warn");
        assert_eq!(levels.changed("warn,openraft=info").unwrap().to_string(), "warn,openraft=info");
        let targets = levels.changed("agent::session=debug").unwrap().to_targets();
        assert!(targets.would_enable("agent::session::grpc", &Level::DEBUG));
        assert!(!targets.would_enable("agent::network", &Level::DEBUG));
    }
}
