//! Whoever follows changes gets each once, in order, and none that never was.
//!
//! Revisions are handed out by the leader, one per batch, and a batch that was refused gives its revision to another one.
//! So a stream without a gap in its revisions has missed nothing, and the content of a revision has to be the same on
//! every server and in every life of a server.

use controlplane_raft::NodeId;
use controlplane_server::replica::{Commit, record_bytes};
use controlplane_types::Revision;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What one revision changed, as every stream has to tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The revision before.
    pub before: Revision,
    /// This one.
    pub revision: Revision,
    /// A digest of keys and records.
    pub content: u64,
    /// Keys that the revision names but did not write.
    pub invented: Vec<String>,
}

impl Told {
    /// What a commit tells.
    pub fn of(commit: &Commit) -> Self {
        let revision = commit.after.revision();
        let mut content = DefaultHasher::new();
        let mut invented = Vec::new();
        for changed in &commit.event.changes {
            let key = &changed.key;
            (key.as_str(), changed.after.as_ref().map(record_bytes)).hash(&mut content);
            let nothing = changed.before.is_none() && changed.after.is_none();
            let elsewhere = commit.after.revision_of(key).is_some_and(|written| written != revision);
            if nothing || elsewhere {
                invented.push(key.to_string());
            }
        }
        Self { before: commit.before.revision(), revision, content: content.finish(), invented }
    }
}

/// One follower on one server.
pub struct Stream {
    server: NodeId,
    at: Revision,
}

/// What all followers were told.
#[derive(Default)]
pub struct WatchHistory {
    told: BTreeMap<Revision, u64>,
    broken: Vec<String>,
}

impl WatchHistory {
    /// A follower on `server` begins with records at revision `at`.
    pub fn begin(&self, server: NodeId, at: Revision) -> Stream {
        Stream { server, at }
    }

    /// The follower was told to read everything again, and found revision `at`.
    pub fn resync(&mut self, stream: &mut Stream, at: Revision) {
        if at < stream.at {
            self.broken
                .push(format!("a follower on server {} went from {} back to {at}", stream.server, stream.at));
        }
        stream.at = at;
    }

    /// The follower got a change. What its records held already is passed over, as every follower has to do.
    pub fn tell(&mut self, stream: &mut Stream, told: &Told) {
        let server = stream.server;
        if told.revision <= stream.at {
            return;
        }
        if told.before != stream.at || told.revision != stream.at + 1 {
            let (at, to, on) = (stream.at, told.revision, told.before);
            self.broken.push(format!("a follower on server {server} was at {at} and got {to} on {on}"));
        }
        if !told.invented.is_empty() {
            let (revision, keys) = (told.revision, &told.invented);
            self.broken
                .push(format!("server {server} told of changes at {revision} that were none: {keys:?}"));
        }
        let first = *self.told.entry(told.revision).or_insert(told.content);
        if first != told.content {
            self.broken.push(format!("server {server} tells revision {} differently", told.revision));
        }
        stream.at = told.revision;
    }

    /// Revisions that somebody was told of.
    pub fn revisions(&self) -> usize {
        self.told.len()
    }

    /// What broke the rule.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }
}
