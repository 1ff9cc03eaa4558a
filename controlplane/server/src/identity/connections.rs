//! The gRPC connections that stand, by certificate.

use crate::pki::{Admit, Holder, Role};
use crate::replica::{Followed, Replica};
use controlplane_services_kernel::{Record, View};
use controlplane_services_native::{Certificate, Server};
use controlplane_types::RegionName;
use rustls::CertificateError;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

/// Who is at the other end of a connection; in the extensions of each of its requests.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Whose certificate it showed, if it showed one.
    pub(crate) holder: Option<Arc<Holder>>,
}

/// The rule of the gRPC port: revoked certificates do not get through the handshake.
pub(crate) fn admission(replica: Replica, region: RegionName) -> Admit {
    Arc::new(move |holder| {
        if is_out(&replica.applied().view, &region, holder) {
            tracing::warn!(holder = %holder.display_name(), serial = %holder.serial, "refused: the certificate is revoked");
            return Err(CertificateError::Revoked);
        }
        Ok(())
    })
}

/// Whether the records put this holder out. A server that was removed is out whatever it shows: it had the authority's key.
fn is_out(view: &View, region: &RegionName, holder: &Holder) -> bool {
    let removed = |number| Server::is_removed(view, region, number);
    let server = holder.role == Role::Server;
    Certificate::is_revoked(view, region, &holder.serial)
        || (server && holder.name.parse().is_ok_and(removed))
}

/// Every connection with a certificate.
#[derive(Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<Standing>>);

#[derive(Default)]
struct Standing {
    next: u64,
    cuts: BTreeMap<u64, (Arc<Holder>, CancellationToken)>,
}

impl Connections {
    /// Takes a connection in, unless its certificate was revoked since it was looked at.
    pub(crate) fn admit(&self, tls: TlsStream<TcpStream>, admit: &Admit) -> Option<Connection> {
        let certificate = tls.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let holder = match certificate.map(|der| Holder::read(der)) {
            Some(Ok(holder)) => Some(Arc::new(holder)),
            Some(Err(_)) => return None,
            None => None,
        };
        let cut = CancellationToken::new();
        let number = holder.as_ref().map(|holder| self.enter(holder.clone(), cut.clone()));
        let entry = Entry { connections: self.clone(), number };
        // In this order: a revocation that comes in between either sees the entry or is seen here.
        if holder.as_ref().is_some_and(|holder| admit(holder).is_err()) {
            return None;
        }
        Some(Connection { tls, holder, cut: Box::pin(cut.cancelled_owned()), _entry: entry })
    }

    /// Cuts connections whose certificates are revoked, as the records say so.
    pub(crate) async fn watch(self, replica: Replica, region: RegionName) {
        let mut commits = replica.follow();
        loop {
            match commits.next().await {
                Followed::Commit(commit) => {
                    if commit.keys().any(|key| [Certificate::KIND, Server::KIND].contains(&key.kind())) {
                        self.cut_revoked(&commit.after, &region);
                    }
                }
                Followed::Resync => self.cut_revoked(&replica.applied().view, &region),
                Followed::Closed => return,
            }
        }
    }

    fn cut_revoked(&self, view: &View, region: &RegionName) {
        for (holder, cut) in self.standing().cuts.values() {
            if !cut.is_cancelled() && is_out(view, region, holder) {
                tracing::warn!(holder = %holder.display_name(), serial = %holder.serial, "cut: the certificate is revoked");
                cut.cancel();
            }
        }
    }

    fn enter(&self, holder: Arc<Holder>, cut: CancellationToken) -> u64 {
        let mut standing = self.standing();
        standing.next += 1;
        let number = standing.next;
        standing.cuts.insert(number, (holder, cut));
        number
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        // A panic while holding the map leaves it whole: every change is one insert or remove.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the list, given up when dropped.
struct Entry {
    connections: Connections,
    number: Option<u64>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.connections.standing().cuts.remove(&number);
        }
    }
}

/// A connection that breaks when its certificate is revoked, and with it every stream on it.
pub(crate) struct Connection {
    tls: TlsStream<TcpStream>,
    holder: Option<Arc<Holder>>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _entry: Entry,
}

impl Connected for Connection {
    type ConnectInfo = Arrival;

    fn connect_info(&self) -> Arrival {
        Arrival { holder: self.holder.clone() }
    }
}

impl AsyncRead for Connection {
    /// Whoever serves a connection always reads, so this is where a cut is noticed at once.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.tls).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tls).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}
