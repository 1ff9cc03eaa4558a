//! The servers that are measured, each in a process of its own that is gone when dropped.

use crate::ask::Ask;
use crate::client::{ACCESS_KEY_ID, Client, REGION, SECRET_ACCESS_KEY};
use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests_benches_instruments::{Failure, Process, program};

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// Instances of one request while there is nothing to measure yet.
const AT_ONCE: usize = 50;
/// More than this and moto takes longer than a measurement to answer once.
const MOTO_SHOWS: u16 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Hearth,
    Ministack,
    Moto,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hearth => "hearth",
            Self::Ministack => "ministack",
            Self::Moto => "moto",
        })
    }
}

/// Makes the environment with the peers, if it is not there.
pub(crate) fn install() -> Result<(), Failure> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements.txt");
    let (wanted, stamp) = (fs::read(&requirements)?, environment()?.join("requirements.txt"));
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("installing ministack and moto into {}", environment()?.display());
    succeed(Command::new("/usr/bin/python3").args(["-m", "venv", "--clear"]).arg(environment()?))?;
    let mut pip = Command::new(environment()?.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    succeed(&mut pip)?;
    Ok(fs::write(stamp, wanted)?)
}

/// An environment of their own: neither the machine's Python packages nor the tests' clients have a say.
fn environment() -> Result<PathBuf, Failure> {
    let cache = std::env::var_os("HEARTH_CACHE").ok_or("HEARTH_CACHE is not set: run `make bench-aws`")?;
    Ok(PathBuf::from(cache).join("venv-bench-aws"))
}

fn succeed(command: &mut Command) -> Result<(), Failure> {
    match command.status()?.success() {
        true => Ok(()),
        false => Err(format!("{command:?} failed").into()),
    }
}

impl Peer {
    pub(crate) const ALL: [Self; 3] = [Self::Hearth, Self::Ministack, Self::Moto];

    /// Whether it shows so many instances in a time that can be measured.
    pub(crate) fn can_show(self, instances: u16) -> bool {
        self != Self::Moto || instances <= MOTO_SHOWS
    }

    fn command(self, place: &Place, nodes: u32) -> Result<Command, Failure> {
        let [aws, grpc, dns] = place.addresses;
        let mut command = match self {
            Self::Hearth => {
                let mut hearth = Command::new(program("hearth")?);
                hearth.arg("--data-dir").arg(place.folder.path()).args(["dev", "--backend", "sim"]);
                hearth.args(["--region", REGION, "--access-key-id", ACCESS_KEY_ID]);
                hearth.args(["--secret-access-key", SECRET_ACCESS_KEY]);
                // As many instances as are asked for, whatever the machines.
                hearth.args(["--allocation-ratio", "vcpus=100,memory=100"]);
                hearth.arg(format!("--nodes={nodes}")).arg(format!("--aws-addr={aws}"));
                hearth.arg(format!("--grpc-addr={grpc}")).arg(format!("--dns-addr={dns}"));
                hearth
            }
            Self::Ministack => {
                let mut ministack = Command::new(environment()?.join("bin/ministack"));
                ministack.env("GATEWAY_PORT", aws.port().to_string()).env("BIND_HOST", aws.ip().to_string());
                ministack
            }
            Self::Moto => {
                let mut moto = Command::new(environment()?.join("bin/moto_server"));
                moto.arg("--host").arg(aws.ip().to_string()).arg("--port").arg(aws.port().to_string());
                moto
            }
        };
        command.current_dir(place.folder.path()).env("TMPDIR", place.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command)
    }
}

/// A folder and ports that are free.
pub(crate) struct Place {
    folder: TempDir,
    /// For AWS's clients, gRPC and DNS.
    addresses: [SocketAddr; 3],
}

impl Place {
    pub(crate) fn new() -> Result<Self, Failure> {
        let listeners = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); 3];
        for (address, listener) in addresses.iter_mut().zip(&listeners) {
            *address = listener.as_ref().map_err(ToString::to_string)?.local_addr()?;
        }
        Ok(Self { folder: tempfile::tempdir()?, addresses })
    }
}

/// A server that answers.
pub(crate) struct Running {
    pub(crate) peer: Peer,
    pub(crate) address: SocketAddr,
    process: Process,
}

impl Running {
    /// Starts it and asks until it answers.
    pub(crate) async fn start(peer: Peer, place: &Place, nodes: u32) -> Result<Self, Failure> {
        let process = Process::start(&mut peer.command(place, nodes)?)?;
        let mut running = Self { peer, address: place.addresses[0], process };
        let began = Instant::now();
        while let Err(error) = running.answers().await {
            running.process.runs()?;
            if began.elapsed() > PATIENCE {
                return Err(error);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(running)
    }

    async fn answers(&self) -> Result<(), Failure> {
        let ask = Ask::Describe { count: 0, growing: true };
        Client::connect(self.address).await?.ask(&ask).await.map(drop)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// An image to launch.
    pub(crate) async fn image(&self) -> Result<String, Failure> {
        Ok(match self.peer {
            Peer::Hearth => {
                let ask = Ask::Images("hearth/web");
                let images = Client::connect(self.address).await?.texts(&ask, "imageId").await?;
                images.into_iter().next().ok_or("the region has no image")?
            }
            // Known to moto; ministack takes any.
            Peer::Ministack | Peer::Moto => "ami-12c6146b".to_owned(),
        })
    }

    /// Launches `count` instances and waits until they run; their ids.
    pub(crate) async fn populate(&self, count: usize) -> Result<Vec<String>, Failure> {
        let (image, mut client) = (self.image().await?, Client::connect(self.address).await?);
        let mut left = count;
        while left > 0 {
            let batch = left.min(AT_ONCE);
            client.ask(&Ask::Run { image: image.clone(), count: batch }).await?;
            left -= batch;
        }
        let ask = Ask::Describe { count, growing: false };
        let began = Instant::now();
        loop {
            let running = client.texts(&ask, "name").await?;
            if running.iter().filter(|state| *state == "running").count() >= count {
                return client.texts(&ask, "instanceId").await;
            }
            if began.elapsed() > PATIENCE {
                return Err("the instances do not run".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
