//! Open namespaces during one run, and the way into them.
//!
//! Used on a thread made for the run: it moves between namespaces for what only a thread inside can do (open
//! sockets, write settings, start `nft`), and ends afterwards.

use super::Config;
use super::error::{NetworkError, Result};
use super::kernel::links::{self, FoundLink};
use super::kernel::netlink::Netlink;
use super::model::{Link, Place};
use super::netns::{self, NetNs};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

const VPC_FILE: &str = "vpc-";
/// The name of an instance's file, before its id.
pub(super) const INSTANCE_FILE: &str = "instance-";

/// One namespace with a route socket in it.
pub(super) struct Session {
    pub(super) namespace: NetNs,
    pub(super) netlink: Netlink,
    indices: BTreeMap<String, u32>,
}

/// Those opened so far.
pub(super) struct Sessions<'a> {
    config: &'a Config,
    host: &'a NetNs,
    open: BTreeMap<Place, Session>,
}

impl<'a> Sessions<'a> {
    pub(super) fn new(config: &'a Config, host: &'a NetNs) -> Self {
        Self { config, host, open: BTreeMap::new() }
    }

    /// The session of a place; it is an error if the place has no namespace.
    pub(super) fn get(&mut self, place: &Place) -> Result<&mut Session> {
        if !self.open.contains_key(place) {
            let session = self.open(place)?;
            self.open.insert(place.clone(), session);
        }
        self.open.get_mut(place).ok_or_else(|| absent(place))
    }

    fn open(&self, place: &Place) -> Result<Session> {
        let namespace = match file(self.config, place) {
            None => self.host.duplicate()?,
            Some(path) => NetNs::open(&path)?.ok_or_else(|| absent(place))?,
        };
        namespace.enter()?;
        let netlink = Netlink::open(rtnetlink::sys::protocols::NETLINK_ROUTE)
            .map_err(NetworkError::system("open a route socket"))?;
        Ok(Session { namespace, netlink, indices: BTreeMap::new() })
    }

    /// Moves the thread into the place.
    pub(super) fn enter(&mut self, place: &Place) -> Result<()> {
        self.get(place)?.namespace.enter()
    }

    /// Makes the place's namespace.
    pub(super) fn create(&mut self, place: &Place) -> Result<()> {
        file(self.config, place).map_or(Ok(()), |path| netns::create(&path))
    }

    /// Removes it.
    pub(super) fn remove(&mut self, place: &Place) -> Result<()> {
        self.open.remove(place);
        file(self.config, place).map_or(Ok(()), |path| netns::remove(&path))
    }

    /// The host and every namespace that an agent of this configuration made.
    pub(super) fn places(&self) -> Result<Vec<Place>> {
        let mut places = vec![Place::Host];
        for (place, path) in files(self.config)? {
            if NetNs::open(&path)?.is_some() {
                places.push(place);
            }
        }
        Ok(places)
    }
}

impl Session {
    /// The links, and their indices for later.
    pub(super) fn links(&mut self) -> Result<Vec<FoundLink>> {
        let found = links::list(&mut self.netlink)?;
        self.indices = found.iter().map(|link| (link.name.clone(), link.index)).collect();
        Ok(found)
    }

    /// A link's index; `None` if there is no such link.
    pub(super) fn index(&mut self, name: &str) -> Result<Option<u32>> {
        if !self.indices.contains_key(name) {
            self.links()?;
        }
        Ok(self.indices.get(name).copied())
    }

    /// Forgets indices, after links came or went.
    pub(super) fn forget_indices(&mut self) {
        self.indices.clear();
    }

    /// The index of a link that has to be there.
    pub(super) fn required(&mut self, name: &str) -> Result<u32> {
        self.index(name)?.ok_or_else(|| {
            NetworkError::system(format!("find link {name}"))(nix::errno::Errno::ENODEV.into())
        })
    }

    /// Gives a link its final properties.
    pub(super) fn bring_up(&mut self, name: &str, link: &Link) -> Result<()> {
        let index = self.required(name)?;
        links::bring_up(&mut self.netlink, index, name, link)
    }
}

/// Where a place's namespace is kept; the host's is not ours to keep.
pub(super) fn file(config: &Config, place: &Place) -> Option<PathBuf> {
    match place {
        Place::Host => None,
        Place::Vpc(id) => Some(config.run_dir.join(format!("{VPC_FILE}{id}"))),
        Place::Instance(id) => Some(config.run_dir.join(format!("{INSTANCE_FILE}{id}"))),
    }
}

/// All files that stand for namespaces, whether or not one is mounted on them.
pub(super) fn files(config: &Config) -> Result<Vec<(Place, PathBuf)>> {
    let folder = match std::fs::read_dir(&config.run_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(NetworkError::system(format!("read {}", config.run_dir.display())))?,
    };
    let paths = folder.filter_map(|entry| entry.ok()).map(|entry| entry.path());
    Ok(paths.filter_map(|path| Some((place_of(path.file_name()?.to_str()?)?, path))).collect())
}

fn place_of(file: &str) -> Option<Place> {
    let vpc = file.strip_prefix(VPC_FILE).map(|id| Place::Vpc(id.to_owned()));
    vpc.or_else(|| file.strip_prefix(INSTANCE_FILE).map(|id| Place::Instance(id.to_owned())))
}

fn absent(place: &Place) -> NetworkError {
    NetworkError::system(format!("find the network namespace of {place:?}"))(io::ErrorKind::NotFound.into())
}
