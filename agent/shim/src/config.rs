//! What to run and in which surroundings.
//!
//! Every setting is one key. On the command line it is `--key value`, in the state folder's `config` file it is
//! `key=value`; both go through [`Config::set`], so the agent and a person at a shell take the same way.

use crate::failure::Failure;
use crate::record;
use std::path::PathBuf;

/// A program and its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// Name of the container and of its cgroup.
    pub(crate) id: String,
    /// The root file system: this folder, or an overlay.
    pub(crate) rootfs: Option<PathBuf>,
    /// Overlay: the image, never written to.
    pub(crate) lower: Option<PathBuf>,
    /// Overlay: what the container changed.
    pub(crate) upper: Option<PathBuf>,
    /// Overlay: the kernel's scratch folder beside `upper`.
    pub(crate) work: Option<PathBuf>,
    /// A network namespace to join; else it gets a new, empty one.
    pub(crate) netns: Option<PathBuf>,
    /// Host name; else the id.
    pub(crate) hostname: Option<String>,
    /// Working directory inside the root.
    pub(crate) cwd: String,
    /// User.
    pub(crate) uid: u32,
    /// Group.
    pub(crate) gid: u32,
    /// Environment, `KEY=value`.
    pub(crate) environment: Vec<String>,
    /// Program and arguments.
    pub(crate) command: Vec<String>,
    /// Where the kernel's control groups are mounted.
    pub(crate) cgroup_root: PathBuf,
    /// Path of the group, below which the container's own is made.
    pub(crate) cgroup_parent: String,
    /// CPU time it may use, in thousandths of a CPU; 0 is no limit.
    pub(crate) cpu_millis: u64,
    /// Memory it may use; 0 is no limit.
    pub(crate) memory_bytes: u64,
    /// Tasks it may have; 0 is no limit.
    pub(crate) pids: u64,
    /// File for what it prints; else it prints where the shim prints.
    pub(crate) console: Option<PathBuf>,
    /// Bytes of output to keep.
    pub(crate) console_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            id: String::new(),
            rootfs: None,
            lower: None,
            upper: None,
            work: None,
            netns: None,
            hostname: None,
            cwd: "/".to_owned(),
            uid: 0,
            gid: 0,
            environment: Vec::new(),
            command: Vec::new(),
            cgroup_root: "/sys/fs/cgroup".into(),
            cgroup_parent: "hearth".to_owned(),
            cpu_millis: 0,
            memory_bytes: 0,
            pids: 0,
            console: None,
            console_bytes: 1 << 20,
        }
    }
}

impl Config {
    /// Sets one key. Keys for lists add to the list.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        if value.contains('\0') {
            return Err(Failure::new(format!("{key}: contains NUL")));
        }
        match key {
            "id" => self.id = checked_id(value)?,
            "hostname" => self.hostname = Some(value.to_owned()),
            "cwd" => self.cwd = absolute(key, value)?,
            "env" => self.environment.push(assignment(value)?),
            "arg" => self.command.push(value.to_owned()),
            "cgroup-root" => self.cgroup_root = absolute(key, value)?.into(),
            "cgroup-parent" => self.cgroup_parent = checked_group(value)?,
            _ => return self.set_path(key, value),
        }
        Ok(())
    }

    fn set_path(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        let slot = match key {
            "rootfs" => &mut self.rootfs,
            "lower" => &mut self.lower,
            "upper" => &mut self.upper,
            "work" => &mut self.work,
            "netns" => &mut self.netns,
            "console" => &mut self.console,
            _ => return self.set_number(key, value),
        };
        *slot = Some(absolute(key, value)?.into());
        Ok(())
    }

    fn set_number(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        match key {
            "uid" => self.uid = record::number(key, value)?,
            "gid" => self.gid = record::number(key, value)?,
            "cpu-millis" => self.cpu_millis = record::number(key, value)?,
            "memory-bytes" => self.memory_bytes = record::number(key, value)?,
            "pids" => self.pids = record::number(key, value)?,
            "console-bytes" => self.console_bytes = record::number(key, value)?,
            _ => return Err(Failure::new(format!("{key}: no such setting"))),
        }
        Ok(())
    }

    /// Reads what [`Config::to_bytes`] wrote.
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, Failure> {
        let mut config = Self::default();
        for (key, value) in pairs {
            config.set(&key, &value)?;
        }
        config.check()?;
        Ok(config)
    }

    /// The rules that concern more than one key.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let overlay = [&self.lower, &self.upper, &self.work].map(Option::is_some);
        match (self.rootfs.is_some(), overlay) {
            (true, [false, false, false]) | (false, [true, true, true]) => {}
            _ => {
                return Err(Failure::new("root: give either rootfs, or all of lower, upper and work"));
            }
        }
        if self.id.is_empty() {
            return Err(Failure::new("id: missing"));
        }
        if self.command.first().is_none_or(String::is_empty) {
            return Err(Failure::new("command: missing"));
        }
        Ok(())
    }

    /// The `config` file of the state folder.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let optional = [
            ("rootfs", path(&self.rootfs)),
            ("lower", path(&self.lower)),
            ("upper", path(&self.upper)),
            ("work", path(&self.work)),
            ("netns", path(&self.netns)),
            ("console", path(&self.console)),
            ("hostname", self.hostname.clone()),
        ];
        let always = [
            ("id", self.id.clone()),
            ("cwd", self.cwd.clone()),
            ("uid", self.uid.to_string()),
            ("gid", self.gid.to_string()),
            ("cgroup-root", self.cgroup_root.display().to_string()),
            ("cgroup-parent", self.cgroup_parent.clone()),
            ("cpu-millis", self.cpu_millis.to_string()),
            ("memory-bytes", self.memory_bytes.to_string()),
            ("pids", self.pids.to_string()),
            ("console-bytes", self.console_bytes.to_string()),
        ];
        let lists = self.environment.iter().map(|value| ("env", value.clone()));
        let lists = lists.chain(self.command.iter().map(|value| ("arg", value.clone())));
        let optional = optional.into_iter().filter_map(|(key, value)| Some((key, value?)));
        record::encode(always.into_iter().chain(optional).chain(lists))
    }
}

/// Ids become file names: letters, digits, `.`, `_` and `-`, at most 64, not starting with a dot.
pub(crate) fn checked_id(id: &str) -> Result<String, Failure> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if id.is_empty() || id.len() > 64 || id.starts_with('.') || !id.bytes().all(legal) {
        return Err(Failure::new(format!("id: {id:?} is not 1 to 64 letters, digits, '.', '_' or '-'")));
    }
    Ok(id.to_owned())
}

fn absolute(key: &str, value: &str) -> Result<String, Failure> {
    if value.starts_with('/') {
        return Ok(value.to_owned());
    }
    Err(Failure::new(format!("{key}: {value:?} is not an absolute path")))
}

fn assignment(value: &str) -> Result<String, Failure> {
    match value.split_once('=') {
        Some((name, _)) if !name.is_empty() => Ok(value.to_owned()),
        _ => Err(Failure::new(format!("env: {value:?} is not NAME=value"))),
    }
}

fn checked_group(path: &str) -> Result<String, Failure> {
    if path.split('/').any(|part| checked_id(part).is_err()) {
        return Err(Failure::new(format!("cgroup-parent: {path:?} is not names joined by '/'")));
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimal() -> Config {
        let mut config = Config::default();
        for (key, value) in [("id", "i-1"), ("rootfs", "/srv/root"), ("arg", "/bin/true")] {
            config.set(key, value).expect(key);
        }
        config
    }

    #[test]
    fn file_round_trip() {
        let mut config = minimal();
        for (key, value) in [
            ("env", "A=1\n2"),
            ("arg", ""),
            ("netns", "/run/n"),
            ("pids", "7"),
            ("cgroup-parent", "hearth/a"),
        ] {
            config.set(key, value).expect(key);
        }
        let pairs = record::parse(&config.to_bytes()).expect("parses");
        assert_eq!(Config::from_pairs(pairs), Ok(config));
    }

    #[test]
    fn bad_values_name_their_key() {
        for (key, value) in [
            ("id", "../x"),
            ("id", ""),
            ("id", ".hidden"),
            ("rootfs", "relative"),
            ("cwd", ""),
            ("env", "=x"),
            ("env", "x"),
            ("uid", "-1"),
            ("memory-bytes", "1G"),
            ("cgroup-parent", "a/../b"),
            ("cgroup-parent", "/a"),
            ("colour", "red"),
        ] {
            let failure = minimal().set(key, value).expect_err(value);
            assert!(failure.text.starts_with(key), "{key}={value}: {}", failure.text);
        }
    }

    #[test]
    fn incomplete_configurations_are_refused() {
        let mut both = minimal();
        both.lower = Some("/l".into());
        assert!(both.check().is_err());
        let mut nothing = minimal();
        nothing.command.clear();
        assert_eq!(nothing.check(), Err(Failure::new("command: missing")));
    }
}
