//! What an image says about the process it starts.
//!
//! The image's own configuration is kept beside its root file system, because the desired set names a registry image by
//! digest only: the digest vouches for the configuration, and images of two architectures may have different ones.

use super::confined::Confined;
use super::failed;
use crate::archive::document::Configuration;
use crate::backend::BackendError;
use controlplane_proto::agent as proto;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// In an image's folder; absent if it did not come from a registry.
pub(super) const FILE: &str = "configuration";
const ROOT_FILE_SYSTEM: &str = "rootfs";
/// `/etc/passwd` and `/etc/group` above this size are not read.
const MAX_ACCOUNTS: u64 = 1 << 20;

/// What an instance of an image starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Started {
    /// Program and arguments; empty if nobody says.
    pub command: Vec<String>,
    /// `KEY=value`.
    pub environment: Vec<String>,
    /// Empty: `/`.
    pub working_directory: String,
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    command: Vec<String>,
    environment: Vec<String>,
    working_directory: String,
    user: String,
}

/// Keeps what is needed of `configuration`.
pub(super) fn write(configuration: &Configuration, path: &Path) -> io::Result<()> {
    let Configuration { command, environment, working_directory, user, .. } = configuration.clone();
    let kept = Kept { command, environment, working_directory, user };
    let mut file = File::create(path)?;
    file.write_all(&serde_json::to_vec(&kept)?)?;
    file.sync_all()
}

/// What `image`, which lies in `folder`, starts. What the desired set says comes before what the image says.
pub(super) fn started(image: &proto::Image, folder: &Path) -> Result<Started, BackendError> {
    let said = Started {
        command: image.command.clone(),
        environment: image.environment.clone(),
        working_directory: image.working_directory.clone(),
        ..Started::default()
    };
    let path = folder.join(FILE);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(said),
        read => read.map_err(failed(&path))?,
    };
    let kept: Kept = serde_json::from_slice(&bytes).map_err(io::Error::other).map_err(failed(&path))?;
    let user = Accounts { root: folder.join(ROOT_FILE_SYSTEM) }.find(&kept.user)?;
    let command = if said.command.is_empty() { kept.command } else { said.command };
    if command.is_empty() {
        let id = &image.id;
        return Err(BackendError::Permanent(format!(
            "image {id}: it does not say what to start; give a command"
        )));
    }
    let mut environment = kept.environment;
    let home = user.home.filter(|_| !environment.iter().any(|entry| entry.starts_with("HOME=")));
    environment.extend(home.map(|home| format!("HOME={home}")));
    Ok(Started {
        command,
        environment,
        working_directory: kept.working_directory,
        uid: user.uid,
        gid: user.gid,
    })
}

/// Users and groups of an image.
struct Accounts {
    root: std::path::PathBuf,
}

#[derive(Debug, Default, PartialEq)]
struct User {
    uid: u32,
    gid: u32,
    home: Option<String>,
}

impl Accounts {
    /// `USER[:GROUP]`, each a name or a number; empty is root. A number needs no entry. Further groups of a user are not
    /// looked up.
    fn find(&self, text: &str) -> Result<User, BackendError> {
        let (name, group) = match text.split_once(':') {
            Some((name, group)) => (name, Some(group)),
            None => (text, None),
        };
        let unknown = |what, name| {
            BackendError::Permanent(format!("the image starts as {what} {name:?}, which it does not have"))
        };
        let mut user = match self.user(name)? {
            Some(user) => user,
            None => User { uid: name.parse().map_err(|_| unknown("user", name))?, ..User::default() },
        };
        if let Some(group) = group.filter(|group| !group.is_empty()) {
            let number = group.parse().ok();
            let found = if number.is_some() { number } else { self.group(group)? };
            user.gid = found.ok_or_else(|| unknown("group", group))?;
        }
        Ok(user)
    }

    /// `name:x:uid:gid:comment:home:shell`
    fn user(&self, name: &str) -> Result<Option<User>, BackendError> {
        if name.is_empty() || name == "root" || name == "0" {
            return Ok(Some(User::default()));
        }
        let text = self.read("etc/passwd")?;
        let fields = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = fields.filter(|fields| fields.len() >= 6).find(|it| it[0] == name || it[2] == name);
        let number = |field: &str| field.parse::<u32>().ok();
        Ok(found.and_then(|it| {
            Some(User { uid: number(it[2])?, gid: number(it[3])?, home: Some(it[5].to_owned()) })
        }))
    }

    /// `name:x:gid:members`
    fn group(&self, name: &str) -> Result<Option<u32>, BackendError> {
        let text = self.read("etc/group")?;
        let fields = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = fields.filter(|fields| fields.len() >= 3).find(|it| it[0] == name);
        Ok(found.and_then(|it| it[2].parse().ok()))
    }

    /// Empty if it is not there. Whatever the image has put there is resolved inside it.
    fn read(&self, path: &str) -> Result<String, BackendError> {
        let read = || Confined::open(&self.root)?.read(path, MAX_ACCOUNTS);
        match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .map_err(failed(&self.root.join(path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image_with(user: &str) -> (tempfile::TempDir, Configuration) {
        let folder = tempfile::tempdir().unwrap();
        let etc = folder.path().join("rootfs/etc");
        fs::create_dir_all(&etc).unwrap();
        fs::write(
            etc.join("passwd"),
            "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/srv:/bin/false\nbad:x:y:z:::\n",
        )
        .unwrap();
        fs::write(etc.join("group"), "root:x:0:\nstaff:x:50:web\n").unwrap();
        let configuration = Configuration {
            command: vec!["/serve".into()],
            environment: vec!["A=1".into()],
            working_directory: "/data".into(),
            user: user.into(),
            ..Configuration::default()
        };
        write(&configuration, &folder.path().join(FILE)).unwrap();
        (folder, configuration)
    }

    #[test]
    fn users_and_groups_are_the_images() {
        for (user, expected) in [
            ("", Ok((0, 0))),
            ("root", Ok((0, 0))),
            ("web", Ok((33, 34))),
            ("33", Ok((33, 34))),
            ("web:staff", Ok((33, 50))),
            ("web:7", Ok((33, 7))),
            ("4711", Ok((4711, 0))),
            ("4711:staff", Ok((4711, 50))),
            ("nobody", Err("user \"nobody\"")),
            ("bad", Err("user \"bad\"")),
            ("web:nogroup", Err("group \"nogroup\"")),
        ] {
            let (folder, _) = image_with(user);
            let found = started(&proto::Image::default(), folder.path());
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!((found.uid, found.gid), expected, "{user}"),
                (Err(BackendError::Permanent(text)), Err(part)) => assert!(text.contains(part), "{text}"),
                (found, _) => panic!("{user}: {found:?}"),
            }
        }
    }

    #[test]
    fn the_desired_set_comes_before_the_image() {
        let (folder, _) = image_with("web");
        let said = proto::Image { command: vec!["/other".into()], ..proto::Image::default() };
        let found = started(&said, folder.path()).unwrap();
        assert_eq!((found.command, found.working_directory), (vec!["/other".to_owned()], "/data".to_owned()));
        assert_eq!(found.environment, ["A=1", "HOME=/srv"]);
        fs::remove_file(folder.path().join(FILE)).unwrap();
        assert_eq!(
            started(&said, folder.path()).unwrap().working_directory,
            "",
            "an imported one has no such file"
        );
    }

    #[test]
    fn attack_accounts_that_are_links_to_the_host() {
        let (folder, _) = image_with("daemon");
        let passwd = folder.path().join("rootfs/etc/passwd");
        fs::remove_file(&passwd).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &passwd).unwrap();
        // Inside the image this is a link to itself; on the host it would find the user.
        let error = started(&proto::Image::default(), folder.path()).unwrap_err();
        assert!(!error.to_string().contains("x:"), "{error}");
        fs::remove_file(&passwd).unwrap();
        nix::unistd::mkfifo(&passwd, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(started(&proto::Image::default(), folder.path()).is_err(), "and a FIFO keeps nobody waiting");
    }
}
