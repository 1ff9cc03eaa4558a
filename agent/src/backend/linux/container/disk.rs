//! The disk of an instance, `<data>/instances/<id>/`: what outlives its runs and reboots.
//!
//! | name | holds |
//! |---|---|
//! | `record` | the run it was last started for, and its image |
//! | `upper`, `work` | what it changed in its image (overlay) |
//! | `console`, `console.1` | what it printed |
//! | `resolv.conf` | the file of that name it was last given, where that was not an empty one |
//!
//! A disk appears by one rename when it is complete, and is renamed away before it is removed, so there is never a
//! half disk under an instance's name.

use super::StartRequest;
use super::authorized_keys;
use super::record::Record;
use crate::backend::linux::image::{BUILTIN, Confined, INSTANCE_ID, Ownership, USER_DATA, make_private};
use crate::backend::proto;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// All disks of this agent.
#[derive(Clone, Debug)]
pub(super) struct Disks(PathBuf);

/// One instance's disk.
#[derive(Clone, Debug)]
pub(super) struct Disk(PathBuf);

impl Disks {
    /// Sweeps what was being made or removed when an earlier agent died.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        make_private(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(Self(folder))
    }

    /// Ids of all instances with a disk, in order.
    pub(super) fn ids(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut ids = names.collect::<io::Result<Vec<_>>>()?;
        ids.retain(|id| !id.starts_with('.'));
        ids.sort();
        Ok(ids)
    }

    /// The disk of an instance, whether it is there or not.
    pub(super) fn of(&self, id: &str) -> Disk {
        Disk(self.0.join(id))
    }

    /// Makes the disk for an instance's first start, over the image at `root`; true if there was none.
    pub(super) fn prepare(&self, request: &StartRequest, root: &Path) -> io::Result<bool> {
        let disk = self.of(&request.instance.id);
        let fresh = !disk.exists();
        if fresh {
            let aside = Disk(self.0.join(format!(".new-{}", request.instance.id)));
            aside.discard()?;
            aside.fill(request, root)?;
            fs::rename(aside.0, &disk.0)?;
        }
        disk.note(request)?;
        Ok(fresh)
    }

    /// Removes a disk; absent is done.
    pub(super) fn remove(&self, id: &str) -> io::Result<()> {
        let aside = Disk(self.0.join(format!(".old-{id}")));
        aside.discard()?;
        match fs::rename(self.of(id).0, &aside.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.and_then(|()| aside.discard()),
        }
    }
}

impl Disk {
    pub(super) fn exists(&self) -> bool {
        self.0.exists()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The run of the last start.
    pub(super) fn run(&self) -> io::Result<u64> {
        Ok(self.record()?.number("run").unwrap_or(0))
    }

    /// The digest of its image.
    pub(super) fn image(&self) -> io::Result<Option<String>> {
        Ok(self.record()?.text("image").map(str::to_owned))
    }

    fn record(&self) -> io::Result<Record> {
        Ok(Record::read(&self.path("record"))?.unwrap_or_default())
    }

    fn fill(&self, request: &StartRequest, root: &Path) -> io::Result<()> {
        for folder in ["upper", "work"] {
            fs::create_dir_all(self.path(folder))?;
        }
        // An overlay's root is as its upper folder is, and everybody enters `/`.
        fs::set_permissions(self.path("upper"), Permissions::from_mode(0o755))?;
        let tree = Confined::open(&self.path("upper"))?;
        for (path, text) in first_files(request) {
            tree.write(path, text.as_bytes(), Ownership::root(0o644))?;
        }
        let public_key = request.instance.metadata.as_ref().map(|metadata| metadata.public_key.as_str());
        authorized_keys::deliver(public_key.unwrap_or_default(), root, &self.path("upper"))
    }

    /// What changes from run to run. The instance may have left links anywhere, hence the confined writing.
    fn note(&self, request: &StartRequest) -> io::Result<()> {
        let (instance, image) = (&request.instance, &request.image);
        if image.source.starts_with(BUILTIN) {
            let tree = Confined::open(&self.path("upper"))?;
            tree.write(INSTANCE_ID, format!("{}\n", instance.id).as_bytes(), Ownership::root(0o644))?;
            if !instance.user_data.is_empty() {
                tree.write(USER_DATA, &instance.user_data, Ownership::root(0o600))?;
            }
        }
        self.give_resolver_file(instance.dhcp_options.as_deref().unwrap_or(&proto::DhcpOptions::default()))?;
        let record = Record::default().with("run", instance.run).with("image", &image.digest);
        record.write(&self.path("record"))
    }

    /// Writes `/etc/resolv.conf` when it is to say something else than it was last given to say; what the instance itself
    /// has made of it stays otherwise.
    fn give_resolver_file(&self, options: &proto::DhcpOptions) -> io::Result<()> {
        let (text, given) = (resolver_file(options), self.path("resolv.conf"));
        let before = match fs::read_to_string(&given) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other?,
        };
        if before == text {
            return Ok(());
        }
        let tree = Confined::open(&self.path("upper"))?;
        tree.write("/etc/resolv.conf", text.as_bytes(), Ownership::root(0o644))?;
        fs::write(given, text)
    }

    fn discard(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

/// Files that belong to the instance and not to its image. Written once: from then on they are the instance's.
fn first_files(request: &StartRequest) -> [(&'static str, String); 3] {
    let name = host_name(&request.instance.hostname, &request.instance.id);
    [
        ("/etc/hostname", format!("{name}\n")),
        ("/etc/hosts", format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n")),
        ("/etc/resolv.conf", String::new()),
    ]
}

/// Whoever sends them has checked them; but a line break would be another directive, so nothing with one gets in.
fn resolver_file(options: &proto::DhcpOptions) -> String {
    let is_word =
        |text: &&String| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let names: Vec<&str> = options.domain_names.iter().filter(is_word).map(String::as_str).collect();
    let search = if names.is_empty() { String::new() } else { format!("search {}\n", names.join(" ")) };
    let servers = options.domain_name_servers.iter().filter(is_word);
    servers.fold(search, |text, server| text + &format!("nameserver {server}\n"))
}

/// The kernel takes 64 bytes; of a longer name the first label stays. What is no host name (RFC 952) is not made one: in the
/// files it is written to, a blank begins another name and a line break another line.
pub(super) fn host_name<'a>(wanted: &'a str, id: &'a str) -> &'a str {
    let is_name = |name: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        (1..=64).contains(&name.len()) && name.bytes().all(plain)
    };
    let name = Some(wanted).filter(is_name);
    name.or_else(|| wanted.split('.').next().filter(is_name)).unwrap_or(id)
}

/// The overlay's folders as the shim wants them.
pub(super) fn overlay(disk: &Disk, root: &Path) -> [(&'static str, PathBuf); 3] {
    [("lower", root.to_owned()), ("upper", disk.path("upper")), ("work", disk.path("work"))]
}
