//! Putting the parts together, and taking them apart again.

use crate::answer::{CookieSecret, Identity, Means, Signatures};
use crate::board::Board;
use crate::feed::{FeedSource, Session};
use crate::health::exchange::{Publisher, Receiver};
use crate::health::probe::Tls;
use crate::keeper::{Itself, Keeper};
use crate::location::{Geography, LocationConfig, LocationError};
use crate::query_log::{Files, Limits, QueryLog, Recorder};
use crate::random::Random;
use crate::serve::rate::Limiter;
use crate::serve::tcp::{Extras, Tcp};
use crate::serve::udp::{self, Worker};
use crate::transfer::{KeyError, Teller, TransferConfig, Transfers};
use crate::zone::{Journal, JournalError};
use controlplane_proto::dns::health_exchange_server::HealthExchangeServer;
use controlplane_proto::tls::{Connector, handshakes};
use controlplane_types::Runtime;
use controlplane_types::runtime::TaskHandle;
use futures::StreamExt;
use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;

/// A peer that does not answer to this is taken for dead and its stream closed.
const PEER_KEEPALIVE: Duration = Duration::from_secs(2);
/// Attempts to find a port that is free for UDP and TCP when any will do.
const PORT_ATTEMPTS: usize = 16;

/// How a DNS server runs.
pub struct Config {
    /// Its name among the DNS servers of the cluster.
    pub name: String,
    /// Where queries are answered, UDP and TCP; port 0 takes a free one.
    pub dns_addr: SocketAddr,
    /// Where zones are kept.
    pub data_dir: PathBuf,
    /// UDP threads; 0 means one per processor.
    pub workers: usize,
    /// Where peers send their health tables; without it none are taken or sent.
    pub health: Option<HealthConfig>,
    /// Which of Route 53's checker regions ([`controlplane_types::dns::geography::CHECKER_REGIONS`]) its checkers stand for; empty: each.
    pub checker_region: String,
    /// What clients are located by.
    pub location: LocationConfig,
    /// Told to clients that ask which server answered (NSID); empty tells nothing.
    pub nsid: String,
    /// UDP replies for each second, worker and client address; 0 is no limit.
    pub response_rate: u32,
    /// Where query logs are written; without it there are none.
    pub query_log_dir: Option<PathBuf>,
    /// Who may transfer zones, and who is told when they change; nobody by default.
    pub transfer: TransferConfig,
}

/// The exchange of health tables with other DNS servers.
pub struct HealthConfig {
    /// Where to listen; port 0 takes a free one.
    pub addr: SocketAddr,
    /// What peers are told to connect to; `None` for the address listened on.
    pub advertised: Option<String>,
    /// Certificates; without them the exchange is in the clear.
    pub tls: Option<HealthTls>,
}

/// Both sides of mutual TLS between DNS servers.
#[derive(Clone)]
pub struct HealthTls {
    /// For the tables that come; has to ask for the certificate of a DNS server.
    pub server: Arc<rustls::ServerConfig>,
    /// For the tables that go.
    pub client: Connector,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("cannot use the data folder {path}")]
    Folder {
        /// The folder.
        path: String,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// Another DNS server uses the data folder.
    #[error("the data folder {0} is in use by another DNS server")]
    InUse(String),
    /// The kept zones cannot be read or cut.
    #[error("cannot use the kept zones")]
    Zones(#[from] JournalError),
    /// Query logs cannot be written.
    #[error("cannot write query logs to {path}")]
    QueryLog {
        /// The folder.
        path: String,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// A key of those who may transfer zones cannot be used.
    #[error("cannot use a key for transfers")]
    TransferKey(#[from] KeyError),
    /// Clients cannot be located as configured.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// TLS cannot be spoken to endpoints of health checks.
    #[error("cannot speak TLS")]
    Tls(#[from] rustls::Error),
    /// A thread cannot be started.
    #[error("cannot start a worker thread")]
    Thread(#[source] io::Error),
}

/// The DNS server.
pub struct Server;

/// A running server. Dropping it stops the server without ceremony.
pub struct Handle {
    dns_addr: SocketAddr,
    health_addr: Option<SocketAddr>,
    keeper: Arc<Keeper>,
    identity: Arc<Identity>,
    tcp: Arc<Tcp>,
    stop_workers: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
    tasks: Vec<TaskHandle>,
    threads: Vec<JoinHandle<()>>,
    /// Ends after those that record.
    query_log: Option<QueryLog>,
    _lock: Flock<File>,
}

impl Server {
    /// Starts answering from the zones on disk, then follows `feed`.
    pub async fn start(
        config: Config,
        runtime: Arc<dyn Runtime>,
        feed: Arc<dyn FeedSource>,
    ) -> Result<Handle, StartError> {
        let lock = lock_folder(&config.data_dir)?;
        let (journal, store) = Journal::open(&config.data_dir)?;
        let probes = Tls::new()?;
        let geography = Arc::new(Geography::load(&config.location)?);
        let transfers = Transfers::load(&config.transfer)?;
        let workers = worker_count(config.workers);
        let sockets = Sockets::bind(&config, workers).await?;
        let board = Arc::new(Board::new(workers));
        // One recorder for each worker, and one for all connections.
        let (query_log, mut recorders) = match &config.query_log_dir {
            Some(folder) => start_query_log(folder, workers + 1, &config.name, (&board, &runtime))?,
            None => (None, Vec::new()),
        };
        let itself = Itself {
            name: config.name,
            health_address: sockets.advertised.clone(),
            checker_region: config.checker_region,
            logs_queries: query_log.is_some(),
        };
        let keeper =
            Arc::new(Keeper::new(itself, runtime.clone(), board.clone(), geography, transfers.clone()));
        keeper.load(store);

        let tls = config.health.and_then(|health| health.tls);
        let identity = Arc::new(identity(&config.nsid, &*runtime));
        let (recorder, estimates) = (recorders.pop(), keeper.estimates());
        let tcp = (identity, Extras { recorder, transfers: transfers.clone(), estimates });
        let mut handle = Handle::new(&sockets, lock, &keeper, &board, &runtime, tcp);
        handle.query_log = query_log;
        handle.start_notifying(transfers.clone(), &board, &runtime);
        let given = (config.response_rate, transfers);
        handle.start_workers(sockets.udp, &board, &runtime, given, recorders)?;
        handle.tasks.push(runtime.spawn("dns-tcp", Box::pin(handle.tcp.clone().listen(sockets.tcp))));
        handle.start_health(sockets.health, tls, &runtime);
        let session = Session::new(feed, keeper, board, runtime.clone(), journal, probes);
        handle.tasks.push(runtime.spawn("dns-feed-session", Box::pin(session.run())));
        Ok(handle)
    }
}

impl Handle {
    fn new(
        sockets: &Sockets,
        lock: Flock<File>,
        keeper: &Arc<Keeper>,
        board: &Arc<Board>,
        runtime: &Arc<dyn Runtime>,
        (identity, extras): (Arc<Identity>, Extras),
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self {
            dns_addr: sockets.dns_addr,
            health_addr: sockets.health_addr,
            keeper: keeper.clone(),
            tcp: Tcp::new(board.clone(), runtime.clone(), identity.clone(), stopped, extras),
            identity,
            stop_workers: Arc::default(),
            stop,
            tasks: Vec::new(),
            threads: Vec::new(),
            query_log: None,
            _lock: lock,
        }
    }

    /// Where queries are answered.
    pub fn local_addr(&self) -> SocketAddr {
        self.dns_addr
    }

    /// Where peers send their tables.
    pub fn health_addr(&self) -> Option<SocketAddr> {
        self.health_addr
    }

    /// The generation of the feed that every worker serves and the disk keeps; 0 before the first.
    pub fn served_generation(&self) -> u64 {
        self.keeper.served_generation()
    }

    /// Stops: no new queries are taken, those taken are answered.
    pub async fn shutdown(mut self) {
        self.stop_workers.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        self.tasks.iter().for_each(TaskHandle::abort);
        self.tcp.farewell().await;
        for thread in self.threads.drain(..) {
            // Ends within the time of one wake; a worker that panicked has been reported by the panic itself.
            let _ = thread.join();
        }
        self.query_log = None;
    }

    fn start_workers(
        &mut self,
        sockets: Vec<OwnedFd>,
        board: &Arc<Board>,
        runtime: &Arc<dyn Runtime>,
        (response_rate, transfers): (u32, Option<Arc<Transfers>>),
        recorders: Vec<Recorder>,
    ) -> Result<(), StartError> {
        let mut recorders = recorders.into_iter();
        for (number, socket) in sockets.into_iter().enumerate() {
            let worker = Worker {
                number,
                socket,
                board: board.clone(),
                means: Means {
                    random: Random::new(runtime.random()),
                    signatures: Signatures::large([runtime.random(), runtime.random()]),
                },
                runtime: runtime.clone(),
                identity: self.identity.clone(),
                limiter: Limiter::new(response_rate),
                recorder: recorders.next(),
                transfers: transfers.clone(),
                stop: self.stop_workers.clone(),
            };
            let thread = std::thread::Builder::new().name(format!("dns-udp-{number}"));
            self.threads.push(thread.spawn(move || worker.run()).map_err(StartError::Thread)?);
        }
        Ok(())
    }

    fn start_notifying(
        &mut self,
        transfers: Option<Arc<Transfers>>,
        board: &Arc<Board>,
        runtime: &Arc<dyn Runtime>,
    ) {
        if let Some(transfers) = transfers {
            let (board, from) = (board.clone(), self.dns_addr.ip());
            let teller = Teller { transfers, from, board, runtime: runtime.clone() };
            self.tasks.push(runtime.spawn("dns-notify", Box::pin(teller.run())));
        }
    }

    fn start_health(
        &mut self,
        listener: Option<TcpListener>,
        tls: Option<HealthTls>,
        runtime: &Arc<dyn Runtime>,
    ) {
        if let Some(listener) = listener {
            let mut server =
                tonic::transport::Server::builder().http2_keepalive_interval(Some(PEER_KEEPALIVE));
            let router = server.add_service(HealthExchangeServer::new(Receiver(self.keeper.clone())));
            let (tls, clock) = (tls.as_ref().map(|tls| tls.server.clone()), runtime.clone());
            let task = async move {
                let ended = match tls {
                    Some(tls) => {
                        let sleep = Arc::new(move |duration| clock.sleep(duration));
                        let shaken = handshakes(listener, tls, sleep).map(Ok::<_, io::Error>);
                        router.serve_with_incoming(shaken).await
                    }
                    None => router.serve_with_incoming(TcpListenerStream::new(listener)).await,
                };
                if let Err(error) = ended {
                    tracing::error!(%error, "the health exchange ended");
                }
            };
            self.tasks.push(runtime.spawn("dns-health-exchange", Box::pin(task)));
        }
        let publisher = Publisher {
            keeper: self.keeper.clone(),
            runtime: runtime.clone(),
            tls: tls.map(|tls| tls.client),
        };
        self.tasks.push(runtime.spawn("dns-health-beat", Box::pin(publisher.run())));
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop_workers.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        self.tasks.iter().for_each(TaskHandle::abort);
    }
}

/// Two servers on one folder would write over each other's zones; and `SO_REUSEPORT` would let them share the port.
fn lock_folder(path: &Path) -> Result<Flock<File>, StartError> {
    let unusable = |source| StartError::Folder { path: path.display().to_string(), source };
    std::fs::create_dir_all(path).map_err(unusable)?;
    let file = File::create(path.join("lock")).map_err(unusable)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        nix::errno::Errno::EWOULDBLOCK => StartError::InUse(path.display().to_string()),
        errno => unusable(errno.into()),
    })
}

fn start_query_log(
    folder: &Path,
    recorders: usize,
    edge: &str,
    (board, runtime): (&Arc<Board>, &Arc<dyn Runtime>),
) -> Result<(Option<QueryLog>, Vec<Recorder>), StartError> {
    let unusable = |source| StartError::QueryLog { path: folder.display().to_string(), source };
    let files = Files::new(folder, Limits::default()).map_err(unusable)?;
    let around = (board.clone(), runtime.clone());
    let (log, recorders) =
        QueryLog::start(recorders, edge.to_owned(), around, files).map_err(StartError::Thread)?;
    Ok((Some(log), recorders))
}

/// The secret lasts as long as the process: a client with an older cookie is given a new one.
fn identity(nsid: &str, runtime: &dyn Runtime) -> Identity {
    let mut secret = [0; 16];
    runtime.fill_random(&mut secret);
    Identity { secret: CookieSecret::new(secret), nsid: nsid.as_bytes().into() }
}

fn worker_count(asked: usize) -> usize {
    match asked {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        asked => asked,
    }
}

/// Everything listened on.
struct Sockets {
    tcp: TcpListener,
    udp: Vec<OwnedFd>,
    dns_addr: SocketAddr,
    health: Option<TcpListener>,
    health_addr: Option<SocketAddr>,
    /// Where peers are told to publish; empty without an exchange.
    advertised: String,
}

impl Sockets {
    async fn bind(config: &Config, workers: usize) -> Result<Self, StartError> {
        let (tcp, udp, dns_addr) = bind_dns(config.dns_addr, workers).await?;
        let (mut health, mut health_addr, mut advertised) = (None, None, String::new());
        if let Some(wanted) = &config.health {
            let (listener, bound) = listen(wanted.addr).await?;
            (health, health_addr) = (Some(listener), Some(bound));
            advertised = wanted.advertised.clone().unwrap_or_else(|| bound.to_string());
        }
        Ok(Self { tcp, udp, dns_addr, health, health_addr, advertised })
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// One port for UDP and TCP. TCP goes first, because it refuses a port in use, which the shared UDP sockets would not.
async fn bind_dns(
    address: SocketAddr,
    workers: usize,
) -> Result<(TcpListener, Vec<OwnedFd>, SocketAddr), StartError> {
    let attempts = if address.port() == 0 { PORT_ATTEMPTS } else { 1 };
    let mut failed = StartError::Listen { address, source: io::ErrorKind::AddrInUse.into() };
    for _ in 0..attempts {
        let (listener, bound) = listen(address).await?;
        let sockets: nix::Result<Vec<_>> = (0..workers).map(|_| udp::bind(bound)).collect();
        match sockets {
            Ok(sockets) => return Ok((listener, sockets, bound)),
            Err(errno) => failed = StartError::Listen { address: bound, source: errno.into() },
        }
    }
    Err(failed)
}
