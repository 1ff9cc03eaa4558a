//! Named regions: which folder has the certificates, and where the servers are.
//!
//! They are kept in `$HEARTH_CONFIG`, else in `hearth/config.yaml` of the user's configuration folder. Only commands that
//! ask a region look there: a server, an agent or a restore works on the data folder it is told, never on one that
//! happened to be chosen weeks ago.

use crate::error::{CliError, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contexts {
    /// The one commands use when they are not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    /// By name.
    #[serde(default)]
    pub(crate) contexts: BTreeMap<String, Context>,
}

/// One region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Context {
    /// Folder with the certificates.
    pub(crate) data_dir: PathBuf,
    /// Servers' addresses; empty: those the folder names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) server: Vec<String>,
}

impl Contexts {
    /// Nothing is kept yet: empty.
    pub(crate) fn read() -> Result<Self, CliError> {
        let Some(file) = file() else { return Ok(Self::default()) };
        let text = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            text => text.map_err(|error| unusable(&file, &error))?,
        };
        serde_saphyr::from_str(&text).map_err(|error| unusable(&file, &error))
    }

    /// Beside and renamed: a command that reads meanwhile finds the old or the new one.
    pub(crate) fn write(&self) -> Result<(), CliError> {
        let file = file().ok_or_else(|| {
            CliError::new(Kind::Failed, "there is no home folder to keep contexts in; set HEARTH_CONFIG")
        })?;
        let text = serde_saphyr::to_string(self).map_err(|error| unusable(&file, &error))?;
        let aside = file.with_extension(format!("{}.new", std::process::id()));
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&aside, text).and_then(|()| std::fs::rename(&aside, &file))?;
        Ok(())
    }

    /// The one of that name.
    pub(crate) fn get(&self, name: &str) -> Result<&Context, CliError> {
        self.contexts.get(name).ok_or_else(|| {
            CliError::new(Kind::NotFound, format!("there is no context {name:?}"))
                .with_hint("`hearth config get-contexts` lists them")
        })
    }

    /// The one that is meant when a command names `wanted`, or nothing.
    pub(crate) fn chosen(&self, wanted: Option<&str>) -> Result<Option<&Context>, CliError> {
        wanted.or(self.current.as_deref()).map(|name| self.get(name)).transpose()
    }
}

fn file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    set("HEARTH_CONFIG")
        .or_else(|| set("XDG_CONFIG_HOME").map(|folder| folder.join("hearth/config.yaml")))
        .or_else(|| set("HOME").map(|folder| folder.join(".config/hearth/config.yaml")))
}

fn unusable(file: &std::path::Path, error: &(dyn std::error::Error + 'static)) -> CliError {
    CliError::failed(format!("contexts in {} cannot be used", file.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab() -> Contexts {
        let context = |folder: &str| Context { data_dir: folder.into(), server: Vec::new() };
        Contexts {
            current: Some("lab".to_owned()),
            contexts: [("lab".to_owned(), context("/lab")), ("home".to_owned(), context("/home"))].into(),
        }
    }

    #[test]
    fn a_named_context_wins_over_the_current_one() {
        let contexts = lab();
        let folder =
            |wanted| contexts.chosen(wanted).unwrap().map(|context| context.data_dir.display().to_string());
        assert_eq!(folder(None).as_deref(), Some("/lab"));
        assert_eq!(folder(Some("home")).as_deref(), Some("/home"));
        assert!(contexts.chosen(Some("moon")).is_err());
        assert_eq!(Contexts::default().chosen(None).unwrap(), None);
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let text = serde_saphyr::to_string(&lab()).unwrap();
        assert_eq!(serde_saphyr::from_str::<Contexts>(&text).unwrap(), lab());
        assert!(
            serde_saphyr::from_str::<Contexts>("contexts: {lab: {data-dir: /lab, colour: red}}").is_err()
        );
    }
}
