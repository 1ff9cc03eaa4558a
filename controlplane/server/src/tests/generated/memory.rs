//! How much memory this process holds.

/// Bytes of a page; the kernels this runs on have no other.
const PAGE: u64 = 4_096;

/// Resident bytes.
pub(super) fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux says so");
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("a number of pages") * PAGE
}
