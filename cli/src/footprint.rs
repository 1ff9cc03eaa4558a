//! A small agent: what the process gives back when there is nothing to do.
//!
//! An agent works in bursts: its start, a launch, a sweep each minute. Between them it needs a tenth of what a burst
//! touched, and on a small machine the rest belongs to instances. Three things keep it small.
//!
//! - One arena of the allocator instead of one per thread ([`prepare`]): each arena keeps what its busiest moment took.
//! - After a burst the free pages of the heap go back to the kernel.
//! - So do the mappings of the program's own code. The command line, the server and the agent are one program of many
//!   megabytes; what a start or a sweep ran through once stays mapped, and counts as the agent's, until memory is short.
//!   The pages themselves stay in the page cache: whoever needs one again maps it without a read.
//!
//! What readers get wrong: only pages that are the same in the file may be let go of this way. Code and constants are;
//! what the loader relocated is not, and letting go of that would put back the file's bytes. See [`is_plain`].

#![allow(
    unsafe_code,
    reason = "the allocator and the memory map are C interfaces; every block says why it is sound"
)]

use nix::libc;
use std::ffi::c_void;
use std::fs;
use std::time::Duration;
use tokio::sync::watch;

/// A burst is over when so long nothing was done.
const QUIET: Duration = Duration::from_secs(1);
/// Threads that run tasks. An agent waits for the kernel and the line; a second would be woken to find nothing to do.
pub(crate) const WORKERS: usize = 1;

/// What a server keeps free at the end of a heap.
const KEPT_BYTES: libc::c_int = 64 << 20;
/// Answers are smaller; what is larger is a mapping of its own and goes back at once.
const LARGE_BYTES: libc::c_int = 16 << 20;

/// To be called while the process has one thread.
pub(crate) fn prepare() {
    // SAFETY: sets a number inside the allocator; no other thread is allocating yet.
    // It cannot fail for this parameter, and if it did the process would merely be larger.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// For a server, which is the opposite of a small agent: what it needed a moment ago it needs again. The allocator would give
/// the end of its heap back to the kernel after each large answer and each batch, and have it cleared page by page for
/// the next: a third of what a list of a thousand instances costs.
///
/// To be called while the process has one thread.
pub(crate) fn keep() {
    // SAFETY: sets numbers inside the allocator; no other thread is allocating yet. Refused, the server would merely be
    // slower.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
    }
}

/// Gives back what a burst took, after each burst of `work` (a number that changes whenever something is done). Ends
/// with whoever counts.
pub(crate) async fn give_back_after(mut work: watch::Receiver<u64>) {
    while work.changed().await.is_ok() {
        while matches!(tokio::time::timeout(QUIET, work.changed()).await, Ok(Ok(()))) {}
        give_back();
    }
}

fn give_back() {
    // SAFETY: returns free pages of the allocator's own; what is allocated is not touched.
    unsafe { libc::malloc_trim(0) };
    // Unreadable or strange, the map is left as it is.
    let map = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for (start, length) in map.lines().filter_map(plain_range) {
        // SAFETY: the range is a private mapping of a file that nobody ever wrote to: the next access, by whichever
        // thread, maps the same bytes again. A range that is gone by now is refused, which changes nothing.
        unsafe { libc::madvise(start as *mut c_void, length, libc::MADV_DONTNEED) };
    }
}

/// Start and length of a line of the memory map that [`is_plain`].
fn plain_range(line: &str) -> Option<(usize, usize)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let (permissions, offset) = (fields.next()?, fields.next()?);
    let is_file = fields.nth(2)?.starts_with('/');
    let address = |text| usize::from_str_radix(text, 16).ok();
    let (start, end) = (address(start)?, address(end)?);
    (is_file && is_plain(permissions, offset)).then(|| (start, end.saturating_sub(start)))
}

/// Whether pages of a mapped file are the same as in the file. Code always is: nothing here is linked with relocations in
/// its text. Constants are where the file begins; a read-only range further on may be one that the loader relocated and
/// then sealed.
fn is_plain(permissions: &str, offset: &str) -> bool {
    permissions == "r-xp" || (permissions == "r--p" && offset.bytes().all(|digit| digit == b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_same_in_the_file_is_let_go_of() {
        let cases = [
            ("1000-3000 r-xp 00a51000 fe:00 12 /usr/bin/hearth", Some((0x1000, 0x2000))),
            ("1000-3000 r--p 00000000 fe:00 12 /usr/bin/hearth", Some((0x1000, 0x2000))),
            ("1000-3000 r-xp 00a51000 fe:00 12 /usr/bin/hearth (deleted)", Some((0x1000, 0x2000))),
            // Relocated and sealed.
            ("1000-3000 r--p 02e31000 fe:00 12 /usr/bin/hearth", None),
            ("1000-3000 rw-p 02f20000 fe:00 12 /usr/bin/hearth", None),
            ("1000-3000 rw-p 00000000 00:00 0 [heap]", None),
            ("1000-3000 rw-p 00000000 00:00 0 ", None),
            ("1000-3000 r-xp 00000000 00:00 0 [vdso]", None),
            ("1000-3000 r-xs 00000000 fe:00 12 /shared", None),
            ("3000-1000 r-xp 00000000 fe:00 12 /odd", Some((0x3000, 0))),
            ("nonsense", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(plain_range(line), expected, "{line}");
        }
    }

    #[test]
    fn a_process_goes_on_after_it_gave_back() {
        let resident = || {
            let pages = fs::read_to_string("/proc/self/statm").unwrap();
            pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap()
        };
        let before = resident();
        give_back();
        assert!(resident() < before, "{before} pages before");
        give_back();
    }
}
