//! Pages of browsers: no attack by themselves, but what they may read is decided by headers alone.

use super::door::{Door, bytes, door};
use serde_json::Value;
use std::io::{Read, Write};

const PAGE: &str = "Origin: https://example.com\r\nConnection: close\r\n";

/// The head of the answer to a request, in lower case.
fn head(door: &Door, request: &[u8]) -> String {
    let mut stream = door.connect();
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split("\r\n\r\n").next().unwrap().to_ascii_lowercase()
}

#[test]
fn pages_read_what_aws_lets_them_read() {
    let door = door();
    let asks = format!("OPTIONS / HTTP/1.1\r\nHost: a\r\n{PAGE}Access-Control-Request-Method: POST\r\n\r\n");
    let asked = head(&door, asks.as_bytes());
    assert!(asked.starts_with("http/1.1 200") && asked.contains("access-control-allow-origin: *"), "{asked}");
    for (service, action, is_for_pages) in
        [("sts", "GetCallerIdentity", true), ("account", "GetAccountInformation", false)]
    {
        let (parts, body) = door.signed(service, action, &Value::Null);
        let answer = head(&door, &bytes(&parts, &body, PAGE));
        assert!(answer.starts_with("http/1.1 200"), "{service}: {answer}");
        assert_eq!(answer.contains("access-control-allow-origin: *"), is_for_pages, "{service}: {answer}");
        let answer = head(&door, &bytes(&parts, &body, "Connection: close\r\n"));
        assert!(!answer.contains("access-control"), "{service}: {answer}");
    }
}
