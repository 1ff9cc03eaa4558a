//! The disk's own limit: how often a small append can be made durable.

use crate::Failure;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

const FILE_BYTES: usize = 16 << 20;
const RECORD: [u8; 256] = [7; 256];
const FOR: Duration = Duration::from_secs(1);

/// Syncs per second, and the median time of one in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FsyncRate {
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
}

/// One writer appends 256 bytes to a preallocated file and waits for the disk.
pub(crate) fn fsync_rate() -> Result<FsyncRate, Failure> {
    let mut file = tempfile::tempfile()?;
    file.write_all(&vec![0; FILE_BYTES])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let started = Instant::now();
    let mut times = Vec::new();
    while started.elapsed() < FOR && times.len() < FILE_BYTES / RECORD.len() {
        let before = Instant::now();
        file.write_all(&RECORD)?;
        file.sync_data()?;
        times.push(before.elapsed().as_secs_f64() * 1e6);
    }
    let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    Ok(FsyncRate { per_second, p50: times[times.len() / 2] })
}
