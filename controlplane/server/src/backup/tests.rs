//! Round trips, and everything that can be wrong with a file or stand in the way of a restore.

mod format;
mod restore;

use super::format::{Encoder, Header, RecordBytes};
use controlplane_types::Timestamp;

/// A snapshot of these records, made by nobody.
fn snapshot(records: &[RecordBytes]) -> Vec<u8> {
    let (mut encoder, mut bytes) = Encoder::begin(&header(records.len() as u64));
    for part in records.chunks(3) {
        bytes.extend(encoder.records(part.to_vec()));
    }
    bytes.extend(encoder.end());
    bytes
}

fn header(records: u64) -> Header {
    Header {
        cluster: "c1".to_owned(),
        applied: 12,
        revision: 10,
        records,
        created_at: Timestamp::from_millis(5_000),
        region: "us-east-1".to_owned(),
        now: Timestamp::from_millis(4_000),
        record_version: 1,
        program: "0.1.0".to_owned(),
    }
}

fn records(count: usize) -> Vec<RecordBytes> {
    (0..count).map(|number| (format!("1/global/thing/{number:03}"), vec![number as u8; 20])).collect()
}
