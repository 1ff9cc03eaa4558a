//! Requests of DNS over HTTPS: what is a question, and what else is said.

use super::super::https::{Question, question};
use super::encrypted::{House, Warped, post, told};
use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PATH: &str = "/dns-query";
const MESSAGE: Option<&str> = Some("application/dns-message");

fn target(question: &[u8]) -> String {
    format!("{PATH}?dns={}", URL_SAFE_NO_PAD.encode(question))
}

type Asked = Request<Full<Bytes>>;

fn get(target: &str) -> Asked {
    other("GET", target, None, b"")
}

fn posted(body: &[u8]) -> Asked {
    other("POST", PATH, MESSAGE, body)
}

fn other(method: &str, target: &str, media_type: Option<&str>, body: &[u8]) -> Asked {
    let uri = format!("https://{NAME}{target}");
    let request = Request::builder().method(method).uri(uri).header("host", NAME);
    let request = media_type.into_iter().fold(request, |request, kind| request.header("content-type", kind));
    request.body(Full::new(Bytes::copy_from_slice(body))).unwrap()
}

#[test]
fn what_is_no_question_is_told_so() {
    let asked = packet("db.corp.test.", RecordType::A);
    let mut response = asked.clone();
    response[2] |= 0x80;
    let good = target(&asked);
    let cases: [(Asked, u16); 32] = [
        (get(&good), 200),
        (get(&format!("{good}&x=1")), 200),
        (get(&good.replace('?', "?x=1&")), 200),
        (posted(&asked), 200),
        (other("POST", "/dns-query?x=1", Some("Application/DNS-Message; x=1"), &asked), 200),
        (get(PATH), 400),
        (get("/dns-query?"), 400),
        (get("/dns-query?dns"), 400),
        (get("/dns-query?dns="), 400),
        (get("/dns-query?name=db.corp.test&type=A"), 400),
        (get("/dns-query?dns=%41%41"), 400),
        (get(&format!("{good}==")), 400),
        (get(&target(&response)), 400),
        (get(&target(&[0; 4097])), 414),
        (get(&target(&[0; 8192])), 414),
        (posted(b""), 400),
        (posted(b"hello"), 400),
        (posted(b"this is no message of DNS at all"), 400),
        (posted(&[0xff; 40]), 400),
        (posted(&asked[..asked.len() - 3]), 400),
        (posted(&response), 400),
        (posted(&[0; 4097]), 413),
        (other("POST", PATH, None, &asked), 415),
        (other("POST", PATH, Some("application/json"), &asked), 415),
        (other("POST", PATH, Some("application/dns-json"), &asked), 415),
        (other("PUT", PATH, MESSAGE, &asked), 405),
        (other("HEAD", &good, None, b""), 405),
        (other("DELETE", PATH, None, b""), 405),
        (other("OPTIONS", PATH, None, b""), 405),
        (get("/"), 404),
        (other("POST", "/resolve", MESSAGE, &asked), 404),
        (get("/dns-query/"), 404),
    ];
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(OnTokio)).await;
        for (asked, status) in cases {
            for second in [false, true] {
                let response = house.send(second, asked.clone()).await;
                assert_eq!(response.status(), status, "{asked:?} {second}: {response:?}");
                let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
                assert_eq!(header("allow"), (status == 405).then_some("GET, POST"), "{asked:?}");
                let kind = if status == 200 { MESSAGE } else { Some("text/plain") };
                assert_eq!(header("content-type"), kind, "{asked:?}");
            }
        }
    });
}

/// Its length is not said before.
#[test]
fn a_body_that_goes_on_is_cut_off() {
    let head = b"POST /dns-query HTTP/1.1\r\nhost: x\r\ncontent-type: application/dns-message\r\n\
                 transfer-encoding: chunked\r\n\r\n1001\r\n";
    block_on_tokio(async {
        let house = House::start(told(), Arc::new(OnTokio)).await;
        let mut stream = house.connect(house.https, NAME, &["http/1.1"]).await.unwrap();
        stream.write_all(&[&head[..], &[0; 0x1001], b"\r\n0\r\n\r\n"].concat()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 413");
    });
}

#[test]
fn answers_say_how_long_they_hold() {
    let key = dns::RecordSetKey {
        zone_id: "Z1".into(),
        name: "soon.corp.test.".into(),
        r#type: "A".into(),
        set_identifier: String::new(),
    };
    let soon = dns::RecordSet {
        key: Some(key),
        ttl: 7,
        values: vec!["10.0.0.1".into()],
        policy: Some(dns::record_set::Policy::Simple(dns::Simple {})),
        ..dns::RecordSet::default()
    };
    let told = told().record_set(soon).set("Z1", "chain.corp.test.", "CNAME", "soon.corp.test");
    block_on_tokio(async {
        let house = House::start(told, Arc::new(OnTokio)).await;
        for (name, kind, seconds) in [
            ("db.corp.test.", RecordType::A, 60),
            ("soon.corp.test.", RecordType::A, 7),
            ("chain.corp.test.", RecordType::A, 7),
            // As the zone's SOA says of what is not there.
            ("db.corp.test.", RecordType::AAAA, 60),
            ("no.corp.test.", RecordType::A, 60),
            // Nobody could be asked.
            ("www.example.", RecordType::A, 0),
        ] {
            let response = house.send(true, post(&packet(name, kind))).await;
            assert_eq!(response.headers()["cache-control"], format!("max-age={seconds}"), "{name} {kind}");
        }
    });
}

#[test]
fn nobody_asks_more_than_the_allowance_over_https_either() {
    block_on_tokio(async {
        // One second that does not pass.
        let house = House::start(told(), Arc::new(Warped(0))).await;
        let question = packet("localhost.", RecordType::A);
        let stream = TokioIo::new(house.connect(house.https, NAME, &["h2"]).await.unwrap());
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        let mut answered = 0;
        while sender.send_request(post(&question)).await.unwrap().status() == StatusCode::OK {
            answered += 1;
        }
        assert!((900..1024).contains(&answered), "{answered}");
        let refused = sender.send_request(post(&question)).await.unwrap();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    });
}

proptest! {
    #[test]
    fn every_target_is_a_question_or_refused(path in "[/a-z?&=._~%-]{0,40}", query in "[A-Za-z0-9_=&%-]{0,90}") {
        let uri = format!("/{path}?{query}").parse::<http::Uri>();
        let questions = format!("/dns-query?dns={query}").parse::<http::Uri>();
        for uri in [uri, questions].into_iter().flatten() {
            for method in [Method::GET, Method::POST, Method::HEAD] {
                let (head, ()) = Request::builder().method(method).uri(&uri).body(()).unwrap().into_parts();
                let refused = question(&head).err().is_none_or(|refusal| refusal.0.is_client_error());
                prop_assert!(refused, "{uri}");
            }
        }
    }

    #[test]
    fn what_is_encoded_is_asked(packet in proptest::collection::vec(any::<u8>(), 0..4200)) {
        let (head, ()) = Request::get(target(&packet)).body(()).unwrap().into_parts();
        match question(&head) {
            Ok(Question::Here(found)) => prop_assert!(found == packet && packet.len() <= 4096),
            Ok(Question::InBody) => prop_assert!(false),
            Err(refusal) => prop_assert!(packet.len() > 4096 && refusal.0 == StatusCode::URI_TOO_LONG),
        }
    }
}
