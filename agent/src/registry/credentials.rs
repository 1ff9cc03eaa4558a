//! Passwords for registries, in the file that container tools keep: `~/.docker/config.json`.
//!
//! Only what stands in the file is used. Helper programs (`credsStore`, `credHelpers`) are not run: an agent that runs as
//! root would execute whatever a file names. A registry for which the file names nothing else says so when it denies access.

use super::RegistryError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const MAX_FILE: u64 = 1 << 20;
/// What the Docker Hub goes by in such files.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// What a registry is shown, ready for an `Authorization` header. Has no `Debug`, so that it reaches no log.
#[derive(Clone)]
pub(super) struct Basic(pub(super) String);

/// What a file says about one registry.
pub(super) enum Known {
    /// It is given.
    Basic(Basic),
    /// It is with a helper program, or in a form that is not served.
    Elsewhere(&'static str),
    /// Nothing.
    Nothing,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: BTreeMap<String, Entry>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

/// What `file` knows about `host` (with its port).
pub(super) fn look_up(file: &Path, host: &str) -> Result<Known, RegistryError> {
    let unusable = |why: String| RegistryError::Settings(format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| unusable(error.to_string()))?.len();
    if size > MAX_FILE {
        return Err(unusable(format!("{size} bytes are more than {MAX_FILE}")));
    }
    let bytes = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
    // The error of the parser could quote the file, and with it a password.
    let parsed: File = serde_json::from_slice(&bytes)
        .map_err(|error| unusable(format!("not a docker configuration (line {})", error.line())))?;
    parsed.look_up(host).map_err(|why| unusable(format!("auths, {host}: {why}")))
}

impl File {
    fn look_up(&self, host: &str) -> Result<Known, &'static str> {
        let is_about = |name: &str| names(host).any(|known| known == name);
        let entry = self.auths.iter().find(|(name, _)| is_about(name)).map(|(_, entry)| entry);
        if let Some(basic) = entry.map(Entry::basic).transpose()?.flatten() {
            return Ok(Known::Basic(basic));
        }
        if entry.is_some_and(|entry| entry.identitytoken.as_ref().is_some_and(|token| !token.is_empty())) {
            return Ok(Known::Elsewhere("the file holds an identity token, which is not supported"));
        }
        let helped = self.cred_helpers.keys().any(|name| is_about(name));
        if helped || (entry.is_some() && self.creds_store.is_some()) {
            return Ok(Known::Elsewhere("the file names a credential helper, which is not run"));
        }
        Ok(Known::Nothing)
    }
}

impl Entry {
    fn basic(&self) -> Result<Option<Basic>, &'static str> {
        let encoded = match (&self.auth, &self.username, &self.password) {
            (Some(auth), ..) if !auth.is_empty() => {
                let decoded = STANDARD.decode(auth.trim()).map_err(|_| "auth is not base64")?;
                if !decoded.contains(&b':') {
                    return Err("auth is not USER:PASSWORD in base64");
                }
                STANDARD.encode(decoded)
            }
            (_, Some(user), Some(password)) => STANDARD.encode(format!("{user}:{password}")),
            _ => return Ok(None),
        };
        Ok(Some(Basic(format!("Basic {encoded}"))))
    }
}

/// Every name a host may stand under.
fn names(host: &str) -> impl Iterator<Item = String> {
    const FORMS: [(&str, &str); 6] = [
        ("", ""),
        ("https://", ""),
        ("http://", ""),
        ("https://", "/"),
        ("https://", "/v1/"),
        ("https://", "/v2/"),
    ];
    let hub = (host == "registry-1.docker.io").then_some([DOCKER_HUB, "docker.io", "index.docker.io"]);
    let forms = FORMS.map(|(before, behind)| format!("{before}{host}{behind}"));
    forms.into_iter().chain(hub.into_iter().flatten().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str, host: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        std::fs::write(&file, text).unwrap();
        match look_up(&file, host) {
            Ok(Known::Basic(Basic(basic))) => basic,
            Ok(Known::Elsewhere(why)) => why.to_owned(),
            Ok(Known::Nothing) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_registry_is_known_by_many_names() {
        // user:secret
        let hub = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "dXNlcjpzZWNyZXQ="}}}"#;
        assert_eq!(look(hub, "registry-1.docker.io"), "Basic dXNlcjpzZWNyZXQ=");
        assert_eq!(look(hub, "quay.io"), "nothing");
        for name in [
            "127.0.0.1:5000",
            "https://127.0.0.1:5000",
            "http://127.0.0.1:5000",
            "https://127.0.0.1:5000/v2/",
        ] {
            let file = format!(r#"{{"auths": {{"{name}": {{"username": "user", "password": "secret"}}}}}}"#);
            assert_eq!(look(&file, "127.0.0.1:5000"), "Basic dXNlcjpzZWNyZXQ=", "{name}");
            assert_eq!(look(&file, "127.0.0.1:5001"), "nothing", "another port is another registry");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_and_never_quoted() {
        for (text, expected) in [
            ("{\"auths\": {\"q\": {\"auth\": \"c2VjcmV0\"}}}", "auth is not USER:PASSWORD"),
            ("{\"auths\": {\"q\": {\"auth\": \"secret!\"}}}", "auth is not base64"),
            ("{\"auths\": \"secret\"}", "not a docker configuration"),
            ("secret", "not a docker configuration"),
            ("{\"auths\": {\"q\": {\"identitytoken\": \"secret\"}}}", "identity token"),
            ("{\"auths\": {\"q\": {}}, \"credsStore\": \"pass\"}", "credential helper"),
            ("{\"credHelpers\": {\"q\": \"gcloud\"}}", "credential helper"),
            ("{}", "nothing"),
        ] {
            let found = look(text, "q");
            assert!(found.contains(expected) && !found.contains("secret"), "{text}: {found}");
        }
        let error = look_up(Path::new("/nowhere/config.json"), "q").err().unwrap();
        assert!(error.to_string().contains("/nowhere/config.json"), "{error}");
    }
}
