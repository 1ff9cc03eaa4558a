//! Against a region of this process, whose simulated instances echo on port 7 and answer HTTP on port 80.

use super::*;
use crate::one_region::{Region, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[test]
fn ports_are_written_in_three_ways() {
    let cases = [("80", 80, 80), ("8080:80", 8080, 80), (":80", 0, 80)];
    for (text, local, remote) in cases {
        assert_eq!(text.parse(), Ok(Ports { local, remote }), "{text}");
    }
    for text in ["", ":", "0", "80:", "0:80", "65536", "80:81:82", "+80", "http", "-1"] {
        assert!(text.parse::<Ports>().is_err(), "{text}");
    }
    assert_eq!("::1".parse(), Ok(Place::Address(Ipv6Addr::LOCALHOST.into())));
    assert!("nowhere".parse::<Place>().is_err());
}

const SMALL: &str = "kind: Instance
metadata: {name: small}
spec: {imageId: hearth/web, instanceType: t3.nano}";

/// A region, and where a port of its one instance can be reached.
struct Forwarded {
    region: Region,
    door: Door,
}

impl Forwarded {
    async fn start() -> Self {
        let region = Region::start().await;
        region.apply(SMALL).await;
        until("it runs", async || {
            region.rows("instance").await.iter().any(|one| one["status"]["state"] == "running")
        })
        .await;
        let target = region.target();
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        Self { region, door: Door { target, instance: "small".to_owned(), places } }
    }

    async fn port(&self, port: u16) -> SocketAddr {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(self.door.clone().serve(listener, port));
        address
    }
}

async fn echoed(address: SocketAddr, bytes: usize) -> Vec<u8> {
    let socket = TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = socket.into_split();
    let sent: Vec<u8> = (0..bytes).map(|index| index as u8).collect();
    let writing = async {
        to.write_all(&sent).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let mut received = Vec::new();
    let (_, read) = tokio::join!(writing, from.read_to_end(&mut received));
    read.unwrap();
    received
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_pass_both_ways_and_each_way_ends_by_itself() {
    let forwarded = Forwarded::start().await;
    let echo = forwarded.port(7).await;
    // More than all windows on the way hold: what is sent after the first echo comes back only if both ways flow.
    let bytes = 4 << 20;
    let expected: Vec<u8> = (0..bytes).map(|index| index as u8).collect();
    assert!(echoed(echo, bytes).await == expected);
    let many = (0..40).map(|_| tokio::spawn(echoed(echo, 50_000)));
    for one in many.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap().len(), 50_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_up_nobody_else() {
    let forwarded = Forwarded::start().await;
    let echo = forwarded.port(7).await;
    let mut lazy = TcpStream::connect(echo).await.unwrap();
    let flood = vec![7; 1 << 16];
    // Until everything on the way is full.
    let stuck = async { while lazy.write_all(&flood).await.is_ok() {} };
    assert!(tokio::time::timeout(Duration::from_secs(2), stuck).await.is_err(), "it holds back");
    assert_eq!(echoed(echo, 100_000).await.len(), 100_000);
    assert_eq!(forwarded.region.server.core().agents.connected(), ["node-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_ends_and_the_next_is_tried() {
    let forwarded = Forwarded::start().await;
    let nothing = forwarded.port(81).await;
    for _ in 0..2 {
        let mut socket = TcpStream::connect(nothing).await.unwrap();
        // The far end refused: nothing comes, and the connection ends.
        assert_eq!(socket.read(&mut [0; 8]).await.unwrap_or(0), 0);
    }
    let web = forwarded.port(80).await;
    let mut socket = TcpStream::connect(web).await.unwrap();
    socket.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_region_says_is_told() {
    let forwarded = Forwarded::start().await;
    let cases = [("small", 81, "connection refused"), ("nobody", 80, "nobody")];
    for (instance, port, expected) in cases {
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let here = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let client = forwarded.region.client().await;
        let error = connection::carry(client, instance.to_owned(), port, socket).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert!(error.to_string().contains(expected), "{error}");
        drop(here);
    }
}
