//! Real clients over UDP and TCP.

use super::*;
use crate::StartError;
use crate::zone::tests::{set, weighted};
use controlplane_types::dns::name;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

pub(super) fn query(id: u16, name: &str) -> Vec<u8> {
    let mut packet = id.to_be_bytes().to_vec();
    packet.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    packet.extend_from_slice(&name::parse(name).unwrap());
    packet.extend_from_slice(&[0, 1, 0, 1]);
    packet
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes(), message].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn dig_gets_every_kind_of_answer_over_udp_and_tcp() {
    let many: Vec<String> = (0..250).map(|number| format!("10.0.0.{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let sets = vec![
        set("www.example.com.", "A", 60, &["192.0.2.1"]),
        set("six.example.com.", "AAAA", 60, &["2001:db8::1"]),
        set("alias.example.com.", "CNAME", 60, &["www.example.com"]),
        set("text.example.com.", "TXT", 60, &["\"a b\" \"c\\\"\\134d\\001\""]),
        set("spf.example.com.", "SPF", 60, &["\"v=spf1 -all\""]),
        set("web.example.com.", "HTTPS", 60, &["1 . alpn=h2,h3 port=8443"]),
        set("mail.example.com.", "MX", 60, &["10 www.example.com."]),
        set("call.example.com.", "NAPTR", 60, &["100 50 \"U\" \"E2U+sip\" \"!^.*$!sip:a@b!\" ."]),
        set("caa.example.com.", "CAA", 60, &["0 issue \"ca.example\""]),
        set("_s._tcp.example.com.", "SRV", 60, &["1 2 443 www.example.com."]),
        set(
            "key.example.com.",
            "SSHFP",
            60,
            &["4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"],
        ),
        set("\\052.wild.example.com.", "A", 60, &["192.0.2.7"]),
        set("many.example.com.", "A", 60, &many),
    ];
    let fixture = Fixture::new(snapshot(1, sets)).await;
    let short = [
        ("www.example.com A", "192.0.2.1"),
        ("wWw.ExAmple.com A", "192.0.2.1"),
        ("six.example.com AAAA", "2001:db8::1"),
        ("alias.example.com A", "www.example.com.\n192.0.2.1"),
        ("text.example.com TXT", "\"a b\" \"c\\\"\\\\d\\001\""),
        ("spf.example.com SPF", "\"v=spf1 -all\""),
        ("web.example.com HTTPS", "1 . alpn=\"h2,h3\" port=8443"),
        ("mail.example.com MX", "10 www.example.com."),
        ("call.example.com NAPTR", "100 50 \"U\" \"E2U+sip\" \"!^.*$!sip:a@b!\" ."),
        ("caa.example.com CAA", "0 issue \"ca.example\""),
        ("_s._tcp.example.com SRV", "1 2 443 www.example.com."),
        ("a.b.wild.example.com A", "192.0.2.7"),
    ];
    for (question, expected) in short {
        for transport in ["+notcp", "+tcp", "+noedns"] {
            assert_eq!(fixture.dig(&format!("{transport} +short {question}")).await, expected, "{question}");
        }
    }
    let fingerprint = fixture.dig("+short key.example.com SSHFP").await;
    assert!(fingerprint.starts_with("4 2 0123456789ABCDEF"), "{fingerprint}");

    let addresses = fixture.dig("+short +bufsize=1232 many.example.com A").await;
    assert_eq!(addresses.lines().count(), 250, "truncated over UDP, whole over TCP");
    assert!(fixture.dig("+ignore +bufsize=1232 many.example.com A").await.contains("flags: qr aa tc rd"));
    assert_eq!(fixture.dig("+short +ignore +bufsize=4096 many.example.com A").await.lines().count(), 250);
}

#[tokio::test(flavor = "multi_thread")]
async fn dig_sees_the_right_status_flags_and_options() {
    let fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let cases: &[(&str, &[&str])] = &[
        ("nowhere.example.com A", &["status: NXDOMAIN", "flags: qr aa rd;", "SOA\tns-1.awsdns.example."]),
        ("www.example.com MX", &["status: NOERROR", "ANSWER: 0, AUTHORITY: 1"]),
        ("example.net A", &["status: REFUSED", "flags: qr rd;"]),
        ("+norec www.example.com A", &["flags: qr aa;"]),
        ("+subnet=192.0.2.0/24 www.example.com A", &["CLIENT-SUBNET: 192.0.2.0/24/0"]),
        ("+subnet=0 www.example.com A", &["status: NOERROR", "CLIENT-SUBNET: 0.0.0.0/0/0"]),
        ("+edns=1 +noednsneg www.example.com A", &["status: BADVERS"]),
        ("+opcode=notify example.com SOA", &["status: NOTIMP", "opcode: NOTIFY"]),
        ("+dnssec www.example.com A", &["flags: do; udp: 1232"]),
        ("-c CH -t TXT version.bind", &["status: REFUSED"]),
    ];
    for (arguments, parts) in cases {
        let text = fixture.dig(arguments).await;
        for part in *parts {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
    }
    assert!(fixture.dig("example.com AXFR").await.contains("Transfer failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_over_one_connection_are_answered_in_order() {
    let fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let mut stream = TcpStream::connect(fixture.address()).await.unwrap();
    let all: Vec<u8> = (0..200).flat_map(|id| framed(&query(id, "www.example.com"))).collect();
    // In pieces that cut messages and lengths anywhere.
    for piece in all.chunks(7) {
        stream.write_all(piece).await.unwrap();
    }
    for id in 0..200 {
        let len = soon(stream.read_u16()).await.unwrap();
        let mut reply = vec![0; usize::from(len)];
        stream.read_exact(&mut reply).await.unwrap();
        assert_eq!((reply[..2].to_vec(), reply[7]), (u16::to_be_bytes(id).to_vec(), 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_the_rules_are_closed() {
    let fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let mut response = query(1, "www.example.com");
    response[2] |= 0x80;
    for message in [vec![0, 0], vec![0, 11], framed(&response)] {
        let mut stream = TcpStream::connect(fixture.address()).await.unwrap();
        stream.write_all(&message).await.unwrap();
        let mut rest = Vec::new();
        soon(stream.read_to_end(&mut rest)).await.ok();
        assert_eq!(rest, [0u8; 0], "{message:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_cannot_take_all_connections() {
    let fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let mut held = Vec::new();
    for _ in 0..128 {
        let mut stream = TcpStream::connect(fixture.address()).await.unwrap();
        stream.write_all(&framed(&query(1, "www.example.com"))).await.unwrap();
        assert!(soon(stream.read_u16()).await.unwrap() > 0);
        held.push(stream);
    }
    let mut refused = TcpStream::connect(fixture.address()).await.unwrap();
    assert!(soon(refused.read_u16()).await.is_err(), "the 129th is closed");
    drop(held);
    until("a place is free again", async || {
        let mut stream = TcpStream::connect(fixture.address()).await.unwrap();
        stream.write_all(&framed(&query(1, "www.example.com"))).await.is_ok()
            && stream.read_u16().await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clients_at_once_each_get_their_own_answer() {
    let fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let clients = (0..8u16).map(|client| {
        let address = fixture.address();
        tokio::spawn(async move {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            socket.connect(address).await.unwrap();
            for number in 0..250 {
                let id = client * 250 + number;
                let packet = query(id, "www.example.com");
                socket.send(&packet).await.unwrap();
                let mut reply = [0; 512];
                let len = soon(socket.recv(&mut reply)).await.unwrap();
                assert_eq!((&reply[..2], &reply[12..packet.len()]), (&id.to_be_bytes()[..], &packet[12..]));
                assert_eq!(&reply[len - 4..len], [192, 0, 2, 1]);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_that_get_no_answer_do_not_stop_the_worker() {
    let fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(fixture.address()).await.unwrap();
    for len in [0, 1, 11, 5000, 65000] {
        socket.send(&vec![0xff; len]).await.unwrap();
    }
    socket.send(&query(9, "www.example.com")).await.unwrap();
    let mut reply = [0; 512];
    let len = soon(socket.recv(&mut reply)).await.unwrap();
    assert_eq!((&reply[..2], reply[3] & 15), (&[0, 9][..], 0), "{:?}", &reply[..len]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_on_all_addresses_answers_from_the_one_that_was_asked() {
    for (all, asked) in [("0.0.0.0:0", ["127.0.0.1", "127.0.0.2", "127.3.2.1"]), ("[::]:0", ["::1"; 3])] {
        let change = |config: &mut Config| config.dns_addr = all.parse().unwrap();
        let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), change).await;
        fixture.send(zone(1, "192.0.2.1")).await;
        for address in asked {
            let address = SocketAddr::new(address.parse().unwrap(), fixture.address().port());
            assert_eq!(dig(address, "+short www.example.com A").await, "192.0.2.1", "{address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_hold_over_the_wire() {
    let member = |last: u32, weight| {
        let set = set("w.example.com.", "A", 60, &[&format!("192.0.2.{last}")]);
        crate::zone::tests::member(set, &last.to_string(), weighted(weight), "")
    };
    let fixture = Fixture::new(snapshot(1, vec![member(1, 70), member(2, 30)])).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(fixture.address()).await.unwrap();
    let mut first = 0u32;
    for id in 0..4000u16 {
        socket.send(&query(id, "w.example.com")).await.unwrap();
        let mut reply = [0; 512];
        let len = soon(socket.recv(&mut reply)).await.unwrap();
        first += u32::from(reply[len - 1] == 1);
    }
    // Six standard deviations around 2,800.
    assert!((2626..=2974).contains(&first), "{first} of 4000 instead of 70 %");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_is_refused_and_free_again_after_the_end() {
    let fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let feed = || feed().0;
    let error =
        Server::start(config(fixture.folder.path()), Arc::new(TestRuntime), feed()).await.err().unwrap();
    assert!(matches!(error, StartError::InUse(_)), "{error}");
    let other = tempfile::tempdir().unwrap();
    let same_port = |folder: &Path| Config { dns_addr: fixture.server.local_addr(), ..config(folder) };
    let error = Server::start(same_port(other.path()), Arc::new(TestRuntime), feed()).await.err().unwrap();
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
    let again = same_port(fixture.folder.path());
    fixture.server.shutdown().await;
    Server::start(again, Arc::new(TestRuntime), feed()).await.unwrap();
}
