//! Others who are asked, and the sockets instances ask at.

use super::*;
use hickory_proto::rr::Record;
use hickory_proto::rr::rdata::{A, CNAME};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener as TokioListener, TcpStream, UdpSocket as TokioSocket};

/// A server that answers by a function, and how often it was asked.
struct Upstream {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

/// A port that is free for UDP and for TCP: one that is for the one may be somebody's for the other.
async fn both() -> (TokioSocket, TokioListener) {
    loop {
        let socket = TokioSocket::bind("127.0.0.1:0").await.unwrap();
        match TokioListener::bind(socket.local_addr().unwrap()).await {
            Ok(listener) => return (socket, listener),
            Err(error) => assert_eq!(error.kind(), ErrorKind::AddrInUse),
        }
    }
}

impl Upstream {
    async fn start(answer: impl Fn(&Query, bool, &mut Message) + Clone + Send + Sync + 'static) -> Self {
        let (socket, listener) = both().await;
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, by_connection) = (asked.clone(), answer.clone());
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            loop {
                let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let reply = reply(&buffer[..length], false, &answer);
                // What somebody else might have guessed comes first.
                let mut guessed = reply.clone();
                guessed[0] ^= 0xff;
                socket.send_to(&guessed, peer).await.unwrap();
                socket.send_to(&reply, peer).await.unwrap();
            }
        });
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut packet = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut packet).await.unwrap();
                let reply = reply(&packet, true, &by_connection);
                stream.write_all(&(reply.len() as u16).to_be_bytes()).await.unwrap();
                stream.write_all(&reply).await.unwrap();
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn reply(packet: &[u8], by_connection: bool, answer: &impl Fn(&Query, bool, &mut Message)) -> Vec<u8> {
    let asked = Message::from_vec(packet).unwrap();
    let mut message = Message::response(asked.metadata.id, OpCode::Query);
    message.queries = asked.queries.clone();
    answer(&asked.queries[0], by_connection, &mut message);
    message.to_vec().unwrap()
}

fn a(name: &Name, last: u8) -> Record {
    Record::from_rdata(name.clone(), 60, RData::A(A::new(192, 0, 2, last)))
}

fn recursive(servers: &[&Upstream]) -> Forwarders {
    Forwarders { recursive: servers.iter().map(|server| server.address).collect(), ..nobody_else() }
}

#[test]
fn other_names_are_asked_once_while_the_answer_holds() {
    block_on_tokio(async {
        let upstream = Upstream::start(|query, _, message| {
            message.answers.push(a(query.name(), 1));
        })
        .await;
        let answering =
            Told::default().vpc("vpc-a", &[]).vpc("vpc-b", &[]).answering(recursive(&[&upstream]));
        for vpc in ["vpc-a", "vpc-b", "vpc-a"] {
            assert_eq!(address(&answering, vpc, "www.example.").await, "192.0.2.1");
        }
        assert_eq!(upstream.asked(), 1);
        assert_eq!(address(&answering, "vpc-a", "other.example.").await, "192.0.2.1");
        assert_eq!(upstream.asked(), 2);
    });
}

#[test]
fn what_does_not_fit_comes_over_a_connection() {
    block_on_tokio(async {
        let upstream = Upstream::start(|query, by_connection, message| {
            message.metadata.truncation = !by_connection;
            if by_connection {
                message.answers.extend((0..100).map(|last| a(query.name(), last)));
            }
        })
        .await;
        let answering = Told::default().vpc("vpc-a", &[]).answering(recursive(&[&upstream]));
        let small = asked(&answering, "vpc-a", "large.example.", RecordType::A).await;
        assert!(
            small.metadata.truncation && small.answers.is_empty(),
            "it does not fit the client's datagram either"
        );
        let question = packet("large.example.", RecordType::A);
        let whole = answering.later("vpc-a", &question, Transport::Tcp).await.unwrap();
        assert_eq!(Message::from_vec(&whole).unwrap().answers.len(), 100);
    });
}

#[test]
fn the_clusters_own_servers_are_asked_first_and_refuse_what_is_not_theirs() {
    block_on_tokio(async {
        let own = Upstream::start(|query, _, message| {
            let name = query.name().to_string();
            message.metadata.authoritative = true;
            match name.as_str() {
                "web.hearth.test." => message.answers.push(a(query.name(), 7)),
                "gone.hearth.test." => message.metadata.response_code = ResponseCode::NXDomain,
                "delegated.hearth.test." => message.metadata.authoritative = false,
                _ => message.metadata.response_code = ResponseCode::Refused,
            }
        })
        .await;
        let others = Upstream::start(|query, _, message| message.answers.push(a(query.name(), 8))).await;
        let forwarders = Forwarders { authoritative: vec![own.address], ..recursive(&[&others]) };
        let answering = Told::default().vpc("vpc-a", &[]).answering(forwarders);
        for (name, expected) in [
            ("web.hearth.test.", "192.0.2.7"),
            ("gone.hearth.test.", "NXDomain"),
            ("delegated.hearth.test.", "192.0.2.8"),
            ("www.example.", "192.0.2.8"),
        ] {
            assert_eq!(address(&answering, "vpc-a", name).await, expected, "{name}");
        }
        assert_eq!(others.asked(), 2);
    });
}

#[test]
fn a_cname_is_followed_out_of_its_zone() {
    let told = Told::default()
        .vpc("vpc-a", &["Z1", "Z2"])
        .zone("Z1", "corp.test.")
        .set("Z1", "www.corp.test.", "CNAME", "www.example")
        .set("Z1", "db.corp.test.", "CNAME", "db.lab.test")
        .set("Z1", "inside.corp.test.", "CNAME", "db.corp.test")
        .set("Z1", "lost.corp.test.", "CNAME", "lost.lab.test")
        .set("Z1", "round.corp.test.", "CNAME", "round.lab.test")
        .zone("Z2", "lab.test.")
        .set("Z2", "db.lab.test.", "A", "10.0.0.2")
        .set("Z2", "round.lab.test.", "CNAME", "round.corp.test");
    block_on_tokio(async {
        let upstream = Upstream::start(|query, _, message| {
            let target = Name::from_ascii("edge.example.").unwrap();
            let data = RData::CNAME(CNAME(target.clone()));
            message.answers.push(Record::from_rdata(query.name().clone(), 60, data));
            message.answers.push(a(&target, 3));
        })
        .await;
        let answering = told.answering(recursive(&[&upstream]));
        let a = RecordType::A;
        let (code, values) = said(&answering, "vpc-a", "www.corp.test.", a).await;
        assert_eq!(
            (code, values.as_slice()),
            (ResponseCode::NoError, &["www.example.", "edge.example.", "192.0.2.3"].map(str::to_owned)[..])
        );
        assert_eq!(
            said(&answering, "vpc-a", "inside.corp.test.", a).await.1,
            ["db.corp.test.", "db.lab.test.", "10.0.0.2"]
        );
        let lost = said(&answering, "vpc-a", "lost.corp.test.", a).await;
        assert_eq!(lost, (ResponseCode::NXDomain, vec!["lost.lab.test.".to_owned()]));
        assert_eq!(said(&answering, "vpc-a", "www.corp.test.", RecordType::CNAME).await.1, ["www.example."]);
        let round = said(&answering, "vpc-a", "round.corp.test.", a).await;
        assert_eq!((round.0, round.1.len()), (ResponseCode::NoError, 8), "it ends");
        assert_eq!(upstream.asked(), 1);
    });
}

#[test]
fn a_server_that_fails_is_passed_over() {
    block_on_tokio(async {
        let broken =
            Upstream::start(|_, _, message| message.metadata.response_code = ResponseCode::ServFail).await;
        let silent = TokioSocket::bind("127.0.0.1:0").await.unwrap();
        let good = Upstream::start(|query, _, message| message.answers.push(a(query.name(), 4))).await;
        let mut forwarders = recursive(&[&broken, &good]);
        forwarders.recursive.insert(0, silent.local_addr().unwrap());
        let answering = Told::default().vpc("vpc-a", &[]).answering(forwarders);
        assert_eq!(address(&answering, "vpc-a", "www.example.").await, "192.0.2.4");
        let nobody = Told::default().vpc("vpc-a", &[]).answering(recursive(&[&broken]));
        assert_eq!(address(&nobody, "vpc-a", "www.example.").await, "ServFail");
    });
}

#[test]
fn the_machines_file_names_the_forwarders() {
    let text = "# mine\nsearch lan\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 # six\nnameserver fe80::1%eth0\n\
                options edns0\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n";
    let servers: Vec<String> = parse_resolv_conf(text).iter().map(ToString::to_string).collect();
    assert_eq!(servers, ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"]);
}

#[test]
fn instances_ask_by_datagram_and_by_connection() {
    block_on_tokio(async {
        let resolvers = Resolvers::new(nobody_else(), Arc::new(OnTokio));
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        let connections = TcpListener::bind("127.0.0.1:0").unwrap();
        let (by_datagram, by_connection) =
            (datagrams.local_addr().unwrap(), connections.local_addr().unwrap());
        let sockets =
            Sockets { datagrams: vec![datagrams], connections: vec![connections], ..Sockets::default() };
        resolvers.serve("vpc-a", sockets).unwrap();
        let client = TokioSocket::bind("127.0.0.1:0").await.unwrap();
        let question = packet("db.corp.test.", RecordType::A);
        // Before anything is known: the answer comes when it is.
        client.send_to(&question, by_datagram).await.unwrap();
        let told = |value: &str| {
            Told::default().vpc("vpc-a", &["Z1"]).zone("Z1", "corp.test.").set(
                "Z1",
                "db.corp.test.",
                "A",
                value,
            )
        };
        resolvers.set(told("10.0.0.1").held());
        let mut buffer = [0; 512];
        let length = client.recv(&mut buffer).await.unwrap();
        assert_eq!(values(&Message::from_vec(&buffer[..length]).unwrap()), ["10.0.0.1"]);
        resolvers.set(told("10.0.0.2").held());
        let mut stream = TcpStream::connect(by_connection).await.unwrap();
        loop {
            stream.write_all(&(question.len() as u16).to_be_bytes()).await.unwrap();
            stream.write_all(&question).await.unwrap();
            let mut reply = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut reply).await.unwrap();
            if values(&Message::from_vec(&reply).unwrap()) == ["10.0.0.2"] {
                break;
            }
        }
        resolvers.close("vpc-a");
        // The task that held it ends when it is next looked at.
        while TokioSocket::bind(by_datagram).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
}
