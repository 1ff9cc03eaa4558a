//! etcd's gRPC, as far as it is measured: messages by hand, because three of them do not need its schema.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PutRequest {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) key: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) value: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RangeRequest {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) key: Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct WatchRequest {
    #[prost(message, optional, tag = "1")]
    pub(crate) create: Option<WatchCreateRequest>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct WatchCreateRequest {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) key: Bytes,
}

/// One message as gRPC frames it: not compressed, length, message.
pub(crate) fn frame(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(5 + length);
    frame.put_u8(0);
    frame.put_u32(length as u32);
    frame.extend_from_slice(&message.encode_to_vec());
    frame.freeze()
}

/// A watch as the JSON gateway takes it.
pub(crate) fn gateway_watch(key: &str) -> String {
    format!(r#"{{"create_request":{{"key":"{}"}}}}"#, STANDARD.encode(key))
}

/// Whether the program is there.
pub(crate) fn is_installed() -> bool {
    Command::new("etcd").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The command that runs member `place` with default settings; only names and addresses are given.
pub(crate) fn command(place: usize, clients: &[SocketAddr], peers: &[SocketAddr], folder: &Path) -> Command {
    let name = |place: usize| format!("member-{place}");
    let cluster: Vec<String> =
        peers.iter().enumerate().map(|(place, peer)| format!("{}=http://{peer}", name(place))).collect();
    let mut command = Command::new("etcd");
    command.arg("--name").arg(name(place)).arg("--data-dir").arg(folder);
    for flag in ["--listen-client-urls", "--advertise-client-urls"] {
        command.arg(flag).arg(format!("http://{}", clients[place]));
    }
    for flag in ["--listen-peer-urls", "--initial-advertise-peer-urls"] {
        command.arg(flag).arg(format!("http://{}", peers[place]));
    }
    command.arg("--initial-cluster").arg(cluster.join(","));
    command
}
