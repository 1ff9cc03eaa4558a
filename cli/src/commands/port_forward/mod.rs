//! `hearth port-forward`: ports of this machine that lead to ports of an instance.
//!
//! A listener per port, and per connection a call of its own over a line of its own to the region: what one connection's client
//! does not read fills its own line and holds up nobody else.

mod connection;
#[cfg(test)]
mod tests;

use crate::client::Target;
use crate::complete;
use crate::error::{CliError, Kind};
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::GetRequest;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

/// Connections at once; others wait in the kernel. An agent takes 64 calls at a time, and somebody may want to run a command.
const CONNECTIONS: usize = 48;
/// Before another try when the system gives no socket.
const BREATH: Duration = Duration::from_millis(100);

/// Let ports of this machine lead to ports of an instance
///
/// Each connection goes through the region to the instance's own loopback address: neither a route nor a security group
/// has to let it pass. Goes on until it is interrupted; a connection that fails is told and ends nothing.
///
/// Example: hearth port-forward web-1 8080:80
///
/// Example: hearth port-forward i/db 5432 :9100 --address 0.0.0.0
#[derive(Args, Debug)]
pub(crate) struct PortForward {
    /// Name or id of the instance
    #[arg(add = ArgValueCompleter::new(complete::instances))]
    instance: String,
    /// Port of the instance, behind the one of this machine where that differs; without a number before the colon any free one
    #[arg(required = true, value_name = "[LOCAL:]REMOTE")]
    ports: Vec<Ports>,
    /// Where to listen: addresses or `localhost`, which is 127.0.0.1 and, where there is IPv6, ::1
    #[arg(long, value_delimiter = ',', default_value = "localhost", value_parser = Place::from_str)]
    address: Vec<Place>,
}

/// A port here and one there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    /// 0: any free one.
    local: u16,
    remote: u16,
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = |text: &str| match text.parse() {
            Ok(port) if port != 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
            _ => Err(format!("{text:?} is no port from 1 to 65535")),
        };
        match text.split_once(':') {
            None => port(text).map(|port| Self { local: port, remote: port }),
            Some(("", remote)) => Ok(Self { local: 0, remote: port(remote)? }),
            Some((local, remote)) => Ok(Self { local: port(local)?, remote: port(remote)? }),
        }
    }
}

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Localhost,
    Address(IpAddr),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "localhost" => Ok(Self::Localhost),
            text => text.parse().map(Self::Address).map_err(|_| format!("{text:?} is no address")),
        }
    }
}

impl PortForward {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        // Names are looked up once: a name that means another instance later must not change where ports lead.
        let request =
            GetRequest { kind: "instance".to_owned(), name: self.instance.clone(), ..GetRequest::default() };
        let found = client.get(request).await?.into_inner().rows;
        let instance = found.into_iter().next().map(|row| row.id).ok_or_else(|| {
            CliError::new(Kind::NotFound, format!("there is no instance {:?}", self.instance))
        })?;
        let mut listeners = Vec::new();
        for ports in &self.ports {
            for place in &self.address {
                listeners.extend(listen(*place, *ports).await?);
            }
        }
        let door = Door { target: target.clone(), instance, places: Arc::new(Semaphore::new(CONNECTIONS)) };
        for (listener, remote) in listeners {
            output::write(&format!("Forwarding from {} -> {remote}\n", listener.local_addr()?))?;
            tokio::spawn(door.clone().serve(listener, remote));
        }
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    }
}

/// Listeners of a place, with where they lead.
async fn listen(place: Place, ports: Ports) -> Result<Vec<(TcpListener, u16)>, CliError> {
    let address = match place {
        Place::Address(address) => address,
        Place::Localhost => Ipv4Addr::LOCALHOST.into(),
    };
    let first = bind(SocketAddr::new(address, ports.local)).await?;
    let local = first.local_addr()?.port();
    let mut listeners = vec![(first, ports.remote)];
    if place == Place::Localhost
        && let Ok(second) = TcpListener::bind((Ipv6Addr::LOCALHOST, local)).await
    {
        listeners.push((second, ports.remote));
    }
    Ok(listeners)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| CliError::failed(format!("cannot listen on {address}"), &error))
}

/// What every connection needs. Each gets a line of its own to the region: what one client does not read would fill the
/// window that all calls of one line share, and the others would wait for it.
#[derive(Clone)]
struct Door {
    target: Target,
    instance: String,
    places: Arc<Semaphore>,
}

impl Door {
    async fn serve(self, listener: TcpListener, port: u16) {
        loop {
            // Never closed; without a place the next connection waits.
            let Ok(place) = self.places.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((socket, _)) => {
                    let door = self.clone();
                    tokio::spawn(async move {
                        door.carry(socket, port).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    eprintln!("port {port}: a connection was not taken: {error}");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    /// A client that hangs up in the middle is its own affair; what the other side says is told.
    async fn carry(self, socket: TcpStream, port: u16) {
        let client = match self.target.connect().await {
            Ok(client) => client,
            Err(error) => return eprintln!("port {port}: {}", error.message()),
        };
        match connection::carry(client, self.instance, port, socket).await {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Other => eprintln!("port {port}: {error}"),
            Err(_) => {}
        }
    }
}
