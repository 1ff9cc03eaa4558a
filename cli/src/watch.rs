//! Following the rows of a kind through everything that may happen to a server.
//!
//! A watch that breaks off goes on at whichever server answers, from the last revision it took whole. When a server says
//! that it cannot go on from there, the current rows are read again and compared with the known ones: whoever follows
//! sees only what is different, and never learns of it.

use crate::client::Target;
use crate::error::CliError;
use controlplane_proto::api::row_change::Change;
use controlplane_proto::api::{Column, Row, WatchEvent, WatchRequest};
use prost::Message;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tonic::{Code, Status, Streaming};

/// First pause after a server broke off; doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// One thing to know.
pub(crate) enum Step {
    /// A row is new, different or gone.
    Row(Change, Row),
    /// From here on every row is known. Comes once.
    Synced,
}

/// A watch.
pub(crate) struct Watch<'t> {
    target: &'t Target,
    request: WatchRequest,
    events: Option<Streaming<WatchEvent>>,
    columns: Vec<Column>,
    known: BTreeMap<String, Row>,
    /// Rows since the watch began again from nothing; they replace `known` when they are complete.
    fresh: Option<BTreeMap<String, Row>>,
    synced: bool,
    steps: VecDeque<Step>,
}

impl<'t> Watch<'t> {
    /// Begins with the current rows.
    pub(crate) async fn start(target: &'t Target, kind: &str, name: &str) -> Result<Self, CliError> {
        let request =
            WatchRequest { kind: kind.to_owned(), name: name.to_owned(), ..WatchRequest::default() };
        let mut watch = Self {
            target,
            request,
            events: None,
            columns: Vec::new(),
            known: BTreeMap::new(),
            fresh: Some(BTreeMap::new()),
            synced: false,
            steps: VecDeque::new(),
        };
        watch.events = Some(watch.open().await?);
        Ok(watch)
    }

    /// Headings; known with the first step.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What happens next. Fails only with what trying again cannot repair.
    pub(crate) async fn next(&mut self) -> Result<Step, CliError> {
        let mut pause = PAUSE;
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Ok(step);
            }
            match self.event().await {
                Ok(event) => {
                    pause = PAUSE;
                    self.take(event)?;
                }
                Err(Broken::Resync) => self.begin_again(),
                Err(Broken::Transport) => {
                    self.events = None;
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Err(Broken::Refused(status)) => return Err((*status).into()),
            }
        }
    }

    async fn open(&self) -> Result<Streaming<WatchEvent>, CliError> {
        Ok(self.target.connect().await?.watch(self.request.clone()).await?.into_inner())
    }

    async fn event(&mut self) -> Result<WatchEvent, Broken> {
        if self.events.is_none() {
            let mut client = self.target.connect().await.map_err(|_| Broken::Transport)?;
            self.events = Some(client.watch(self.request.clone()).await?.into_inner());
        }
        let Some(events) = &mut self.events else { return Err(Broken::Transport) };
        events.message().await?.ok_or(Broken::Transport)
    }

    fn begin_again(&mut self) {
        self.events = None;
        self.fresh = Some(BTreeMap::new());
        self.request.from_revision = 0;
        self.request.history.clear();
    }

    fn take(&mut self, event: WatchEvent) -> Result<(), CliError> {
        if !event.history.is_empty() {
            self.request.history = event.history;
            self.columns = event.columns;
            if self.request.from_revision == 0 {
                self.fresh = Some(BTreeMap::new());
            }
        }
        for change in event.changes {
            let row = Row::decode(change.row.as_ref())
                .map_err(|error| CliError::failed("the server sent a row that cannot be read", &error))?;
            self.change(Change::try_from(change.change).unwrap_or(Change::Modified), row);
        }
        if event.synced {
            self.complete();
        }
        // Before the rows are complete there is no place to go on from.
        if !event.partial && self.fresh.is_none() {
            self.request.from_revision = event.revision;
        }
        Ok(())
    }

    fn change(&mut self, change: Change, row: Row) {
        if let Some(fresh) = &mut self.fresh {
            fresh.insert(row.id.clone(), row);
            return;
        }
        // A part of a revision that was not taken whole comes again.
        let known = self.known.get(&row.id);
        let news = match change {
            Change::Deleted => known.is_some(),
            _ => known != Some(&row),
        };
        if !news {
            return;
        }
        match change {
            Change::Deleted => drop(self.known.remove(&row.id)),
            _ => drop(self.known.insert(row.id.clone(), row.clone())),
        }
        self.steps.push_back(Step::Row(change, row));
    }

    /// The rows are complete.
    fn complete(&mut self) {
        let Some(fresh) = self.fresh.take() else { return };
        let known = std::mem::replace(&mut self.known, fresh);
        self.steps.extend(difference(&known, &self.known));
        if !self.synced {
            self.synced = true;
            self.steps.push_back(Step::Synced);
        }
    }
}

/// What turns one set of rows into another.
fn difference<'r>(
    before: &'r BTreeMap<String, Row>,
    after: &'r BTreeMap<String, Row>,
) -> impl Iterator<Item = Step> + 'r {
    let there = after.iter().filter_map(|(id, row)| match before.get(id) {
        None => Some(Step::Row(Change::Added, row.clone())),
        Some(known) if known != row => Some(Step::Row(Change::Modified, row.clone())),
        Some(_) => None,
    });
    let gone = before.iter().filter(|(id, _)| !after.contains_key(*id));
    there.chain(gone.map(|(_, row)| Step::Row(Change::Deleted, row.clone())))
}

/// Why there is no event.
enum Broken {
    /// The server or the way to it is gone.
    Transport,
    /// The server cannot go on from where this watch was.
    Resync,
    /// The request is refused.
    Refused(Box<Status>),
}

impl From<Status> for Broken {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::OutOfRange => Self::Resync,
            Code::Unavailable
            | Code::Unknown
            | Code::Internal
            | Code::Cancelled
            | Code::Aborted
            | Code::DeadlineExceeded
            | Code::ResourceExhausted => Self::Transport,
            _ => Self::Refused(Box::new(status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_proto::api::RowChange;
    use std::path::PathBuf;

    fn row(id: &str, state: &str) -> Row {
        Row { id: id.to_owned(), json: state.to_owned(), ..Row::default() }
    }

    fn event(revision: u64, changes: &[(Change, Row)]) -> WatchEvent {
        let changes = changes
            .iter()
            .map(|(change, row)| RowChange { change: (*change).into(), row: row.encode_to_vec().into() })
            .collect();
        WatchEvent { revision, changes, ..WatchEvent::default() }
    }

    fn head(revision: u64, changes: &[(Change, Row)]) -> WatchEvent {
        WatchEvent { history: "here/1".to_owned(), synced: true, ..event(revision, changes) }
    }

    fn watch(target: &Target) -> Watch<'_> {
        Watch {
            target,
            request: WatchRequest::default(),
            events: None,
            columns: Vec::new(),
            known: BTreeMap::new(),
            fresh: Some(BTreeMap::new()),
            synced: false,
            steps: VecDeque::new(),
        }
    }

    fn steps(watch: &mut Watch<'_>) -> Vec<String> {
        let told = |step| match step {
            Step::Row(change, row) => format!("{} {} {}", change.as_str_name(), row.id, row.json),
            Step::Synced => "SYNCED".to_owned(),
        };
        watch.steps.drain(..).map(told).collect()
    }

    #[test]
    fn reading_again_tells_only_what_is_different() {
        let target = Target { data_dir: PathBuf::new(), server: Vec::new(), region: None };
        let mut watch = watch(&target);
        let first =
            [(Change::Added, row("a", "1")), (Change::Added, row("b", "1")), (Change::Added, row("c", "1"))];
        watch.take(head(5, &first)).unwrap();
        assert_eq!(steps(&mut watch), ["ADDED a 1", "ADDED b 1", "ADDED c 1", "SYNCED"]);
        assert_eq!(watch.request.from_revision, 5);
        watch.begin_again();
        assert_eq!(watch.request.from_revision, 0);
        let second =
            [(Change::Added, row("a", "1")), (Change::Added, row("b", "2")), (Change::Added, row("d", "1"))];
        watch.take(head(90, &second)).unwrap();
        assert_eq!(steps(&mut watch), ["MODIFIED b 2", "ADDED d 1", "DELETED c 1"]);
        assert_eq!(watch.request.from_revision, 90);
    }

    #[test]
    fn a_revision_is_gone_on_from_only_when_it_was_taken_whole() {
        let target = Target { data_dir: PathBuf::new(), server: Vec::new(), region: None };
        let mut watch = watch(&target);
        watch.take(head(5, &[(Change::Added, row("a", "1"))])).unwrap();
        let part = event(6, &[(Change::Modified, row("a", "2"))]);
        watch.take(WatchEvent { partial: true, ..part.clone() }).unwrap();
        assert_eq!(watch.request.from_revision, 5);
        assert_eq!(steps(&mut watch), ["ADDED a 1", "SYNCED", "MODIFIED a 2"]);
        // The server died; the next one sends the whole of it.
        watch.take(head(5, &[])).unwrap();
        watch.take(part).unwrap();
        assert_eq!(steps(&mut watch), Vec::<String>::new());
        assert_eq!(watch.request.from_revision, 6);
        watch.take(event(7, &[(Change::Deleted, row("a", "2")), (Change::Deleted, row("z", "1"))])).unwrap();
        assert_eq!(steps(&mut watch), ["DELETED a 2"]);
    }
}
