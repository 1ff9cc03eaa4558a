//! A request within another's body, or behind one: nobody may ever see it as a request of its own.
//!
//! Three requests go out at once. The first is ambiguous, and answered with 403 if at all; the second hides where one reading
//! of the first has its body and another the next request: 404 says that it was read; the third ends the connection: 200 says
//! that this connection is still believed.

use super::door::door;

const FRONT: &str = "POST /_hearth/reset HTTP/1.1\r\nHost: a\r\n";
const HIDDEN: &str = "GET /_hearth/hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &str = "GET /_hearth/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

const REFUSED: &[u16] = &[400];
const ALONE: &[u16] = &[403];
/// Every reader sees three requests.
const BELIEVED: &[u16] = &[403, 404, 200];

/// The rest of the first request's head, its body and what hides; what is answered.
const HEADS: &[(&str, &str, &[u16])] = &[
    ("CL.TE", "Content-Length: 48\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ALONE),
    ("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", ALONE),
    ("TE alone", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ALONE),
    ("TE in odd case", "tRANSFER-eNCODING: cHUNKED\r\n\r\n0\r\n\r\n", ALONE),
    ("TE of another coding", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("TE with two codings", "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("TE.TE", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", REFUSED),
    (
        "TE.TE, the other way",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        REFUSED,
    ),
    ("TE twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a space before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a tab before the colon", "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a line break before the colon", "Transfer-Encoding\r\n: chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a vertical tab", "Transfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a NUL in a value", "Transfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n", REFUSED),
    ("a NUL in a name", "Transfer-\0Encoding: chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("an empty name", ": chunked\r\nContent-Length: 0\r\n\r\n", REFUSED),
    ("a folded line", "Content-Length: 0\r\nX: a\r\n b\r\n\r\n", REFUSED),
    ("a folded TE", "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", REFUSED),
    ("a bare CR", "X: a\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", REFUSED),
    ("two lengths", "Content-Length: 0\r\nContent-Length: 43\r\n\r\n", REFUSED),
    ("a length twice", "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", BELIEVED),
    ("a list of lengths", "Content-Length: 0, 43\r\n\r\n", REFUSED),
    ("a length with a sign", "Content-Length: +0\r\n\r\n", REFUSED),
    ("a negative length", "Content-Length: -1\r\n\r\n", REFUSED),
    ("a hexadecimal length", "Content-Length: 0x0\r\n\r\n", REFUSED),
    ("an empty length", "Content-Length:\r\n\r\n", REFUSED),
    ("a length beyond 64 bits", "Content-Length: 18446744073709551616\r\n\r\n", REFUSED),
    ("two hosts", "Host: b\r\nContent-Length: 0\r\n\r\n", REFUSED),
    ("a host twice", "Host: a\r\nContent-Length: 0\r\n\r\n", REFUSED),
    ("close", "Connection: close\r\nContent-Length: 0\r\n\r\n", ALONE),
    ("a chunk's extension", "Transfer-Encoding: chunked\r\n\r\n0;a=\"b\"\r\n\r\n", ALONE),
    ("a bare LF in an extension", "Transfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n", REFUSED),
    ("a bare LF after a size", "Transfer-Encoding: chunked\r\n\r\n0\n\r\n", REFUSED),
    ("a signed size", "Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n", REFUSED),
    ("a size with 0x", "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n", REFUSED),
    ("a size beyond 64 bits", "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n", REFUSED),
    ("a chunk longer than it says", "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", REFUSED),
];

#[test]
fn no_request_hides_in_another() {
    let door = door();
    for (name, head, expected) in HEADS {
        let sent = [FRONT, head, HIDDEN, LAST].concat();
        assert_eq!(door.statuses(sent.as_bytes()), *expected, "{name}");
    }
    assert!(door.serves());
}

#[test]
fn no_protocol_is_switched() {
    let door = door();
    for upgrade in [
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    ] {
        // Without a 101 what follows is a request like any other, each for itself.
        let sent = [FRONT, upgrade, "Content-Length: 0\r\n\r\n", HIDDEN, LAST].concat();
        assert_eq!(door.statuses(sent.as_bytes()), [403, 404, 200], "{upgrade}");
    }
    let connect = "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\nConnection: close\r\n\r\n";
    assert!(door.statuses(connect.as_bytes()).iter().all(|status| *status >= 400), "nobody is connected");
}

#[test]
fn start_lines_are_not_repaired() {
    let door = door();
    for line in [
        "GET  /_hearth/health HTTP/1.1",
        "GET /_hearth/health  HTTP/1.1",
        "GET /_hearth/he alth HTTP/1.1",
        "GET /_hearth/health HTTP/1.2",
        "GET /_hearth/health HTTP/01.1",
        "GET /_hearth/health",
        "GET\t/_hearth/health\tHTTP/1.1",
        "GET /_hearth/\0health HTTP/1.1",
        "G\0ET /_hearth/health HTTP/1.1",
        " GET /_hearth/health HTTP/1.1",
    ] {
        let sent = format!("{line}\r\nHost: a\r\n\r\n{HIDDEN}{LAST}");
        assert_eq!(door.statuses(sent.as_bytes()), REFUSED, "{line:?}");
    }
}

#[test]
fn the_older_version_has_no_chunks() {
    let door = door();
    let head = "POST /_hearth/reset HTTP/1.0\r\nHost: a\r\n";
    let chunked = [head, "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HIDDEN].concat();
    assert_eq!(door.statuses(chunked.as_bytes()), REFUSED);
    let plain = [head, "Content-Length: 0\r\n\r\n", HIDDEN].concat();
    assert_eq!(door.statuses(plain.as_bytes()), ALONE, "and one request a connection");
    let nameless = ["GET /_hearth/health HTTP/1.1\r\n\r\n", HIDDEN].concat();
    assert_eq!(door.statuses(nameless.as_bytes()), REFUSED, "the newer has a host");
}
