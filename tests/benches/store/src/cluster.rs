//! A cluster of either store: processes on loopback, gone when dropped.

use crate::Failure;
use crate::connection::{Ask, Connection, shared};
use crate::etcd;
use crate::usage::{self, Usage};
use std::fmt;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests_benches_instruments::{Http1, program};

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Store {
    Hearth,
    Etcd,
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Store::Hearth => "hearth",
            Store::Etcd => "etcd",
        })
    }
}

impl Store {
    /// Counter of syncs on its metrics page.
    fn syncs(self) -> &'static str {
        match self {
            Store::Hearth => "hearth_log_syncs_total",
            Store::Etcd => "etcd_disk_wal_fsync_duration_seconds_count",
        }
    }

    /// Gauge that is 1 on the leader's metrics page.
    fn leads(self) -> &'static str {
        match self {
            Store::Hearth => "hearth_log_leads",
            Store::Etcd => "etcd_server_is_leader",
        }
    }

    /// Index of the newest entry of the log on its metrics page.
    fn index(self) -> &'static str {
        match self {
            Store::Hearth => "hearth_log_applied_index",
            Store::Etcd => "etcd_server_proposals_applied_total",
        }
    }
}

/// One server.
pub(crate) struct Member {
    command: Command,
    process: Option<Child>,
    /// Where clients go.
    pub(crate) address: SocketAddr,
}

impl Member {
    fn start(&mut self) -> Result<(), Failure> {
        self.process = Some(self.command.spawn()?);
        Ok(())
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    async fn metrics(&self) -> Result<String, Failure> {
        Http1::connect(self.address).await?.page("/metrics").await
    }
}

/// Some servers of one store.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) members: Vec<Member>,
    hearth: Option<Hearth>,
    _folder: TempDir,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.members.iter_mut().for_each(Member::kill);
    }
}

impl Cluster {
    /// Starts `servers` members on a folder of their own and waits until a put succeeds.
    pub(crate) async fn start(store: Store, servers: usize) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let (hearth, members) = match store {
            Store::Hearth => {
                let (hearth, members) = Hearth::start(servers, folder.path()).await?;
                (Some(hearth), members)
            }
            Store::Etcd => (None, etcd_members(servers, folder.path())?),
        };
        let cluster = Self { store, members, hearth, _folder: folder };
        cluster.until_it_serves().await?;
        Ok(cluster)
    }

    pub(crate) async fn until_it_serves(&self) -> Result<(), Failure> {
        let begun = Instant::now();
        let ask = Ask::Put { key: "ready".to_owned(), value: "1".into() };
        while begun.elapsed() < PATIENCE {
            if let Ok(leader) = self.leader().await
                && let Ok(sender) = shared(self.members[leader].address).await
                && Connection::Shared(self.store, sender).ask(&ask).await.is_ok()
            {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(format!("{} does not become ready", self.store).into())
    }

    /// Which member says that it leads.
    pub(crate) async fn leader(&self) -> Result<usize, Failure> {
        for (place, member) in self.members.iter().enumerate() {
            if member.process.is_none() {
                continue;
            }
            let Ok(page) = member.metrics().await else { continue };
            if usage::metric(&page, self.store.leads()) == Some(1.0) {
                return Ok(place);
            }
        }
        Err("nobody leads".into())
    }

    pub(crate) fn kill(&mut self, place: usize) {
        self.members[place].kill();
    }

    pub(crate) fn restart(&mut self, place: usize) -> Result<(), Failure> {
        self.members[place].start()
    }

    /// Adds a server; returns when it has all records and votes.
    pub(crate) async fn grow(&mut self) -> Result<(), Failure> {
        let hearth = self.hearth.as_ref().ok_or("etcd is not grown")?;
        self.members.push(hearth.join(self.members.len()).await?);
        Ok(())
    }

    /// Memory of all members.
    pub(crate) fn memory_mib(&self) -> Result<f64, Failure> {
        let mut sum = 0.0;
        for pid in self.members.iter().filter_map(Member::pid) {
            sum += usage::pss_mib(pid)?;
        }
        Ok(sum)
    }

    /// What all members used so far.
    pub(crate) async fn usage(&self) -> Result<Usage, Failure> {
        let mut sum = Usage::default();
        for member in &self.members {
            let Some(pid) = member.pid() else { continue };
            let page = member.metrics().await?;
            let counters = Usage {
                syncs: usage::metric(&page, self.store.syncs()).unwrap_or_default(),
                entries: usage::metric(&page, self.store.index()).unwrap_or_default(),
                ..Usage::of_process(pid)?
            };
            sum = sum + counters;
        }
        Ok(sum)
    }
}

fn free_addresses(count: usize) -> Result<Vec<SocketAddr>, Failure> {
    // All at once, so that none is handed out twice.
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    Ok(listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?)
}

fn quiet(command: &mut Command, log: &Path) -> Result<(), Failure> {
    let log = File::create(log)?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Ok(())
}

/// The one place that knows how a Hearth cluster is put together: the first server founds it, the others join.
struct Hearth {
    program: PathBuf,
    folder: PathBuf,
    /// Where the first server is asked to let others in.
    door: SocketAddr,
}

impl Hearth {
    /// Starts one server after the other and waits until each votes.
    async fn start(servers: usize, folder: &Path) -> Result<(Self, Vec<Member>), Failure> {
        // Both are built by one command into one folder.
        let program = program("hearth")?;
        let addresses = free_addresses(2)?;
        let hearth = Self { program, folder: folder.to_owned(), door: addresses[1] };
        let mut first = hearth.server(0, &addresses, &["--bootstrap".to_owned()])?;
        first.start()?;
        hearth.until_voters(1).await?;
        let mut members = vec![first];
        while members.len() < servers {
            members.push(hearth.join(members.len()).await?);
        }
        Ok((hearth, members))
    }

    /// Starts server `place` and waits until it votes, which it does when it has all records.
    async fn join(&self, place: usize) -> Result<Member, Failure> {
        let token = self.ask(&["token", "create", "--role", "server"], |_| true).await?;
        let join = [format!("--join={}", self.door), format!("--token={token}")];
        let mut member = self.server(place, &free_addresses(2)?, &join)?;
        member.start()?;
        self.until_voters(place + 1).await?;
        Ok(member)
    }

    fn hearth(&self, place: usize) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data-dir").arg(self.folder.join(place.to_string()));
        command
    }

    /// How server `place` is started, the first time and every other: what its data folder knows already is not asked of
    /// these flags.
    fn server(&self, place: usize, addresses: &[SocketAddr], begin: &[String]) -> Result<Member, Failure> {
        let mut command = self.hearth(place);
        command.arg("server").arg("--enable-bench").args(begin);
        command.args([format!("--aws-addr={}", addresses[0]), format!("--grpc-addr={}", addresses[1])]);
        quiet(&mut command, &self.folder.join(format!("log-{place}")))?;
        Ok(Member { command, process: None, address: addresses[0] })
    }

    async fn until_voters(&self, count: usize) -> Result<(), Failure> {
        self.ask(&["server", "list"], |text| text.matches("voter").count() == count).await?;
        Ok(())
    }

    /// What a command on the first server's machine prints, once it succeeds and says what is `wanted`.
    async fn ask(&self, arguments: &[&str], wanted: impl Fn(&str) -> bool) -> Result<String, Failure> {
        let begun = Instant::now();
        loop {
            let mut command = tokio::process::Command::from(self.hearth(0));
            let output = command.args(arguments).output().await?;
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if output.status.success() && wanted(&text) {
                return Ok(text);
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("hearth {}: {text}", arguments.join(" ")).into());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn etcd_members(servers: usize, folder: &Path) -> Result<Vec<Member>, Failure> {
    let (clients, peers) = (free_addresses(servers)?, free_addresses(servers)?);
    let command = |place: usize| {
        let mut command = etcd::command(place, &clients, &peers, &folder.join(place.to_string()));
        quiet(&mut command, &folder.join(format!("log-{place}")))?;
        let mut member = Member { command, process: None, address: clients[place] };
        member.start()?;
        Ok(member)
    };
    (0..servers).map(command).collect()
}
