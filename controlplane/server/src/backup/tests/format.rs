//! The bytes of a snapshot, and the names of clusters.

use super::{header, records, snapshot};
use crate::backup::format::{Decoder, Encoder, FormatError, Frame};
use crate::backup::{FileError, Incoming, Lineage, Reader, RecordBytes, verify};
use controlplane_types::Timestamp;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Reads pieces of `size` bytes.
fn read(bytes: &[u8], size: usize) -> Result<Vec<RecordBytes>, FormatError> {
    let mut decoder = Decoder::new();
    let mut found = Vec::new();
    for piece in bytes.chunks(size) {
        decoder.push(piece);
        while let Some(frame) = decoder.take()? {
            if let Frame::Records(records) = frame {
                found.extend(records);
            }
        }
    }
    decoder.finish().map(|()| found)
}

#[test]
fn what_was_written_is_read_in_pieces_of_any_size() {
    for count in [0, 1, 3, 10] {
        let records = records(count);
        let bytes = snapshot(&records);
        for size in [1, 7, bytes.len()] {
            assert_eq!(read(&bytes, size).as_ref(), Ok(&records), "{count} records, {size} bytes at once");
        }
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = snapshot(&records(7));
    for place in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut damaged = bytes.clone();
            damaged[place] ^= bit;
            assert!(read(&damaged, 64).is_err(), "byte {place}");
        }
    }
}

#[test]
fn every_cut_is_noticed() {
    let bytes = snapshot(&records(7));
    for length in 0..bytes.len() {
        let expected = if length < 20 { FormatError::NotASnapshot } else { FormatError::Cut(length as u64) };
        assert_eq!(read(&bytes[..length], 64), Err(expected));
    }
}

#[test]
fn what_is_no_snapshot_is_told_apart() {
    let whole = snapshot(&records(4));
    let mut future = whole.clone();
    future[19] = 2;
    let longer = [whole.clone(), vec![0]].concat();
    let (mut encoder, mut unordered) = Encoder::begin(&header(2));
    unordered.extend(encoder.records(records(2).into_iter().rev().collect()));
    unordered.extend(encoder.end());
    let (encoder, mut fewer) = Encoder::begin(&header(2));
    fewer.extend(encoder.end());
    let (_, mut headless) = Encoder::begin(&header(0));
    headless.truncate(20);
    headless.extend([b'R', 0xff, 0xff, 0xff, 0xff, 0]);
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("something else", b"hearth: ready\n, and more than that".to_vec(), "not a snapshot"),
        ("a newer format", future, "format version 2"),
        ("more behind the end", longer, "behind the end"),
        ("keys out of order", unordered, "not in order"),
        ("too few records", fewer, "records are missing"),
        ("an endless part", headless, "longer than any"),
    ];
    for (name, bytes, expected) in cases {
        let error = read(&bytes, 64).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    fs::write(&path, "an older copy").unwrap();
    let bytes = snapshot(&records(7));
    let mut cut = Incoming::create(&path).unwrap();
    cut.write(&bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(cut.finish(), Err(FileError::Format { source: FormatError::Cut(_), .. })));
    let mut damaged = Incoming::create(&path).unwrap();
    assert!(damaged.write(&bytes[1..]).is_err());
    drop(damaged);
    assert_eq!(fs::read(&path).unwrap(), b"an older copy");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let mut whole = Incoming::create(&path).unwrap();
    whole.write(&bytes).unwrap();
    assert_eq!(whole.finish().unwrap(), header(7));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(verify(&path).unwrap(), header(7));
    let (mut reader, _) = Reader::open(&path).unwrap();
    assert_eq!(reader.frame().unwrap(), Some(Frame::Records(records(7)[..3].to_vec())));
}

#[test]
fn a_lineage_is_raised_whatever_the_clock_says() {
    let cases = [
        ("c1", ("c1", 1), 5_000, "c1+5000"),
        ("c1+5000", ("c1", 5_000), 5_000, "c1+5001"),
        ("c1+9000", ("c1", 9_000), 5_000, "c1+9001"),
        ("1=a:1,2=b:2", ("1=a:1,2=b:2", 1), 5_000, "1=a:1,2=b:2+5000"),
        ("c+x", ("c+x", 1), 5_000, "c+x+5000"),
        ("c1", ("c1", 1), 0, "c1+2"),
    ];
    for (name, (cluster, incarnation), now, raised) in cases {
        let lineage = Lineage::parse(name);
        assert_eq!(lineage, Lineage { cluster: cluster.to_owned(), incarnation });
        assert_eq!(lineage.to_string(), name);
        assert_eq!(lineage.raised(Timestamp::from_millis(now)).to_string(), raised);
    }
}
