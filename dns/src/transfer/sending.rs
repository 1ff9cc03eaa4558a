//! A transfer over a connection: message after message, each made when the one before has left.

use super::contents::{Record, Refusal, Version};
use super::messages::{self, Messages};
use super::slots::Slot;
use super::{Outcome, Signed, Transfers, Wanted};
use crate::answer::Arrival;
use crate::compile::{CompiledZone, Snapshot};
use controlplane_types::Runtime;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// The connection of a peer.
pub(crate) struct Link<'l, W> {
    pub(crate) writer: &'l mut W,
    /// For one message and its length.
    pub(crate) buffer: &'l mut [u8],
    pub(crate) runtime: &'l dyn Runtime,
    /// How long a message may take to leave.
    pub(crate) patience: Duration,
}

impl<W: AsyncWrite + Unpin> Link<'_, W> {
    /// Sends the first `len` octets behind the place for the length.
    async fn send(&mut self, len: usize) -> io::Result<()> {
        self.buffer[..2].copy_from_slice(&(len as u16).to_be_bytes());
        let sent = self.writer.write_all(&self.buffer[..2 + len]);
        self.runtime.within(self.patience, sent).await.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Signed<'_> {
    /// The zone that is asked for, as it is answered from now.
    pub(crate) fn version(&self, snapshot: &Snapshot) -> Option<Arc<CompiledZone>> {
        self.zone(snapshot).cloned()
    }

    async fn send<'z, W: AsyncWrite + Unpin>(
        &mut self,
        mut messages: Messages<impl Iterator<Item = Record<'z>>>,
        arrival: Arrival<'_>,
        link: &mut Link<'_, W>,
    ) -> io::Result<()> {
        self.lower_case();
        loop {
            let now = link.runtime.now().as_secs();
            let out = &mut link.buffer[2..];
            let made = messages.next((&self.query, arrival), (&mut self.signer, now), out);
            match made.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))? {
                0 => return Ok(()),
                len => link.send(len).await?,
            }
        }
    }
}

impl Transfers {
    /// Sends what is wanted of a zone, or why not. An error: the connection is of no use any more.
    pub(crate) async fn transfer<W: AsyncWrite + Unpin>(
        &self,
        mut request: Signed<'_>,
        (wanted, zone): (Wanted, Option<Arc<CompiledZone>>),
        arrival: Arrival<'_>,
        link: &mut Link<'_, W>,
    ) -> io::Result<()> {
        let peer = arrival.peer;
        let (zone_name, key) = request.names();
        let begun = self.begin(zone.as_ref(), wanted, peer).await;
        let (outcome, sent) = match &begun {
            Err(refusal) => {
                tracing::info!(%peer, zone = zone_name, %key, reason = %refusal, "a transfer is refused");
                let sent = match request.refuse(refusal, arrival, &mut link.buffer[2..]) {
                    Some(len) => link.send(len).await,
                    None => Err(io::ErrorKind::InvalidData.into()),
                };
                (Outcome::Refused, sent)
            }
            Ok((version, None)) => {
                (Outcome::Current, request.send(messages::soa(version), arrival, link).await)
            }
            Ok((version, Some(_))) => {
                tracing::info!(%peer, zone = zone_name, %key, serial = version.serial(), "a zone is transferred");
                (Outcome::Sent, request.send(messages::all(version), arrival, link).await)
            }
        };
        self.count(if sent.is_ok() { outcome } else { Outcome::Broken });
        sent
    }

    /// What is to be sent: with a slot all of it, without one its SOA record.
    async fn begin(
        &self,
        zone: Option<&Arc<CompiledZone>>,
        wanted: Wanted,
        peer: IpAddr,
    ) -> Result<(Version, Option<Slot>), Refusal> {
        let version = Version::new(zone)?;
        match wanted {
            Wanted::Unclear => return Err(Refusal::NoSerial),
            Wanted::Since(serial) if version.is_known_at(serial) => return Ok((version, None)),
            Wanted::Since(_) | Wanted::Whole => {}
        }
        let slot = self.slots.take(peer).ok_or(Refusal::Busy)?;
        version.check().await?;
        Ok((version, Some(slot)))
    }
}
