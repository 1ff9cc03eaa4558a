//! Too much, too slow, too often: each ends by the door's own doing, and others are served meanwhile.

use super::door::{Door, door, read_answers};
use std::io::{Read, Write};
use std::net::TcpStream;

const HEAD: &str = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

#[test]
fn what_is_too_long_is_refused() {
    let door = door();
    let long = "a".repeat(1 << 20);
    for (name, sent, expected) in [
        ("a header", format!("{HEAD}X: {long}\r\n\r\n"), 431),
        ("many headers", format!("{HEAD}{}\r\n", "X: a\r\n".repeat(500)), 431),
        ("a target", format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414),
        ("a body", format!("{HEAD}Content-Length: {}\r\n\r\n{long}{long}", 2 << 20), 413),
        ("a body in chunks", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n200000\r\n{long}{long}"), 413),
    ] {
        let statuses = door.statuses(sent.as_bytes());
        assert!(
            matches!(&statuses[..], [status] if *status == expected || *status == 431),
            "{name}: {statuses:?}"
        );
    }
    assert!(door.serves());
}

/// Who asks before he sends is told to, or told at once that it is too much.
#[test]
fn bodies_are_asked_for() {
    let door = door();
    let asks = |length: usize| format!("{HEAD}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n");
    let mut stream = door.connect();
    stream.write_all(asks(2 << 20).as_bytes()).unwrap();
    let answers = read_answers(&mut stream);
    assert!(matches!(&answers[..], [(413, _)]), "{answers:?}");
    let mut stream = door.connect();
    stream.write_all(asks(3).as_bytes()).unwrap();
    let mut continued = [0; 25];
    stream.read_exact(&mut continued).unwrap();
    assert_eq!(&continued, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"a=b").unwrap();
    let answers = read_answers(&mut stream);
    assert!(matches!(&answers[..], [(400..500, _)]), "{answers:?}");
}

#[test]
fn heads_that_do_not_come_are_not_waited_for() {
    let door = door();
    let mut slow: Vec<TcpStream> = (0..32).map(|_| door.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nX: ").unwrap();
    }
    assert!(door.serves(), "others are served meanwhile");
    for stream in &mut slow {
        let answers = read_answers(stream);
        assert!(answers.iter().all(|(status, _)| *status == 408), "{answers:?}");
    }
}

#[test]
fn bodies_that_do_not_come_are_not_waited_for() {
    let door = door();
    let mut stream = door.connect();
    stream.write_all(format!("{HEAD}Content-Length: 10\r\n\r\nabc").as_bytes()).unwrap();
    assert!(door.serves(), "others are served meanwhile");
    let answers = read_answers(&mut stream);
    assert!(matches!(&answers[..], [(408, _)]), "{answers:?}");
}

/// Frames of HTTP/2 by hand: RFC 9113, section 4.1, with header blocks as in RFC 7541, appendix C.
mod frames {
    pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    pub(super) const END_STREAM: u8 = 1;
    pub(super) const END_HEADERS: u8 = 4;
    pub(super) const HEADERS: u8 = 1;
    pub(super) const RESET: u8 = 3;
    pub(super) const SETTINGS: u8 = 4;
    pub(super) const GO_AWAY: u8 = 7;
    pub(super) const CONTINUATION: u8 = 9;

    pub(super) fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), content].concat()
    }

    /// A literal header that nobody remembers.
    pub(super) fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
        let length = |text: &[u8]| u8::try_from(text.len()).unwrap();
        [&[0, length(name)], name, &[length(value)], value].concat()
    }

    /// `GET http://a` of a path.
    pub(super) fn get(path: &[u8]) -> Vec<u8> {
        [vec![0x82, 0x86], literal(b":path", path), literal(b":authority", b"a")].concat()
    }
}

use frames::{
    CONTINUATION, END_HEADERS, END_STREAM, GO_AWAY, HEADERS, PREFACE, RESET, SETTINGS, frame, get, literal,
};

fn second_version(door: &Door) -> TcpStream {
    let mut stream = door.connect();
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).unwrap();
    stream
}

/// Whether there was something to read; a connection that neither goes on nor ends is neither.
fn is_read(read: std::io::Result<()>) -> bool {
    let is_silent = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
    assert!(!read.as_ref().is_err_and(is_silent), "neither a frame nor an end");
    read.is_ok()
}

/// The kinds of the frames that come until the connection ends, or one of `until` comes.
fn kinds(stream: &mut TcpStream, until: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut head = [0; 9];
    while is_read(stream.read_exact(&mut head)) {
        found.push(head[3]);
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut content = vec![0; usize::try_from(length).unwrap()];
        if until.contains(&head[3]) || stream.read_exact(&mut content).is_err() {
            break;
        }
    }
    found
}

#[test]
fn streams_opened_and_reset_end_the_connection() {
    let door = door();
    let mut stream = second_version(&door);
    for number in 0..20_000_u32 {
        let id = 2 * number + 1;
        let pair =
            [frame(HEADERS, END_STREAM | END_HEADERS, id, &get(b"/")), frame(RESET, 0, id, &[0, 0, 0, 8])];
        if stream.write_all(&pair.concat()).is_err() {
            break;
        }
    }
    assert!(door.serves(), "others are served meanwhile");
    let found = kinds(&mut stream, &[GO_AWAY]);
    // Its word of farewell may be lost when the connection is reset; it did not answer them all in any case.
    assert!(found.len() < 20_000, "{} frames", found.len());
}

#[test]
fn heads_without_end_end_the_connection() {
    let door = door();
    let mut stream = second_version(&door);
    stream.write_all(&frame(HEADERS, END_STREAM, 1, &get(b"/"))).unwrap();
    let more = frame(CONTINUATION, 0, 1, &literal(b"x", &[b'a'; 100]).repeat(100));
    // A hundred megabytes, if anybody listened.
    let heard = (0..10_000).take_while(|_| stream.write_all(&more).is_ok()).count();
    assert!(heard < 10_000, "all of it was heard");
    assert!(door.serves());
}

#[test]
fn heads_of_the_second_version_are_no_text_of_the_first() {
    let door = door();
    for (name, block) in [
        ("a line break in a value", [get(b"/_hearth/health"), literal(b"x", b"a\r\nHost: b")].concat()),
        ("a line break in a name", [get(b"/_hearth/health"), literal(b"x\r\ny", b"a")].concat()),
        ("an upper-case name", [get(b"/_hearth/health"), literal(b"X", b"a")].concat()),
        ("a length in the path", get(b"/_hearth/health HTTP/1.1\r\nContent-Length: 5")),
        ("a connection header", [get(b"/_hearth/health"), literal(b"connection", b"close")].concat()),
        ("chunks", [get(b"/_hearth/health"), literal(b"transfer-encoding", b"chunked")].concat()),
        ("a path twice", [get(b"/_hearth/health"), literal(b":path", b"/")].concat()),
        (
            "a pseudo-header after others",
            [get(b"/_hearth/health"), literal(b"x", b"a"), literal(b":method", b"PUT")].concat(),
        ),
    ] {
        let mut stream = second_version(&door);
        stream.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block)).unwrap();
        let found = kinds(&mut stream, &[HEADERS, RESET, GO_AWAY]);
        assert!(matches!(found.last(), Some(&RESET | &GO_AWAY)), "{name}: {found:?}");
    }
    let mut stream = second_version(&door);
    stream.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &get(b"/_hearth/health"))).unwrap();
    assert_eq!(
        kinds(&mut stream, &[HEADERS, RESET, GO_AWAY]).last(),
        Some(&HEADERS),
        "one in order is answered"
    );
}
