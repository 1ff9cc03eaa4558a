//! How registries are reached: the flags that an agent and `hearth image pull` share.

use agent::registry::{Mirror, RegistrySettings};
use clap::Args;
use std::path::PathBuf;

/// Credentials, mirrors and exceptions from TLS.
#[derive(Args, Clone, Debug)]
pub(crate) struct RegistryFlags {
    /// File with credentials of registries, as container tools keep it ({"auths": ...}); read for each pull
    #[arg(long, value_name = "FILE")]
    registry_config: Option<PathBuf>,
    /// Ask URL before the registry HOST; its own credentials stand in the file under its own name
    #[arg(long = "registry-mirror", value_name = "HOST=URL")]
    registry_mirrors: Vec<Mirror>,
    /// Speak to this registry without TLS; loopback is always spoken to so
    #[arg(long = "registry-plain-http", value_name = "HOST[:PORT]")]
    registry_plain_http: Vec<String>,
}

impl RegistryFlags {
    /// What was said, and nothing else.
    pub(crate) fn settings(&self) -> RegistrySettings {
        RegistrySettings {
            credentials: self.registry_config.clone(),
            mirrors: self.registry_mirrors.clone(),
            plain_http: self.registry_plain_http.iter().cloned().collect(),
        }
    }

    /// The same, with the file in the home folder if none was named: for a person at a shell.
    pub(crate) fn personal_settings(&self) -> RegistrySettings {
        let settings = self.settings();
        let credentials = settings.credentials.clone().or_else(personal_file);
        RegistrySettings { credentials, ..settings }
    }
}

/// Where container tools keep a person's credentials, if they do.
fn personal_file() -> Option<PathBuf> {
    let folder = match std::env::var_os("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".docker"),
    };
    let file = folder.join("config.json");
    file.exists().then_some(file)
}
