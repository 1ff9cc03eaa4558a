//! Compressed bodies.

use controlplane_wire::{limits, model, plain_body};

/// Reads `data` as a body in gzip.
pub fn gzip(data: &[u8]) {
    let request = http::Request::post("/").header("content-encoding", "gzip").body(()).expect("a request");
    let (parts, ()) = request.into_parts();
    let Some(ec2) = model::by_name("ec2") else { return };
    if let Ok(plain) = plain_body(ec2, &parts, data) {
        assert!(plain.len() <= limits::BODY);
    }
}
