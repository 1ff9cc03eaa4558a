//! How much memory this process holds, and whether that has an end.
//!
//! What a server keeps of the past has bounds (the history of commits, answers made ahead, the last lines of the log), and
//! they are full after two hundred thousand requests at most. What grows by every request has none. So a walk is looked at all along,
//! and what the process held in the middle of its first third is compared with the middle of its last: a peak
//! says nothing, and a leak of a hundred bytes a request is seen in a walk of a million.

/// Bytes of a page; the kernels this runs on have no other.
const PAGE: u64 = 4_096;
/// Looks at a walk.
const LOOKS: u64 = 30;
/// What bounded places fill up with after the first third. Other tests of the program run beside this one.
const GROWTH: u64 = 128 << 20;

/// Resident bytes.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux says so");
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("a number of pages") * PAGE
}

/// What the process held along a walk.
pub(super) struct Memory {
    every: u64,
    held: Vec<u64>,
}

impl Memory {
    pub(super) fn of_walk(steps: u64) -> Self {
        Self { every: (steps / LOOKS).max(1), held: Vec::new() }
    }

    pub(super) fn after(&mut self, step: u64) {
        if step.is_multiple_of(self.every) {
            self.held.push(resident());
        }
    }

    /// By how much the last third is above the first.
    fn growth(&self) -> u64 {
        let third = self.held.len() / 3;
        let (first, last) = (&self.held[..third], &self.held[self.held.len() - third..]);
        middle(last).saturating_sub(middle(first))
    }

    pub(super) fn check(&self) {
        let held: Vec<u64> = self.held.iter().map(|bytes| bytes >> 20).collect();
        eprintln!("MiB held along the way: {held:?}");
        let growth = self.growth();
        assert!(growth < GROWTH, "grown by {} MiB: {held:?}", growth >> 20);
    }
}

fn middle(held: &[u64]) -> u64 {
    let mut sorted = held.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[test]
fn a_leak_is_told_from_a_peak() {
    let memory = |held: &dyn Fn(u64) -> u64| Memory { every: 1, held: (0..LOOKS).map(held).collect() };
    assert_eq!(memory(&|look| if look == 25 { 9_000 } else { 100 }).growth(), 0);
    assert_eq!(memory(&|look| (look * 50).min(200)).growth(), 0, "full early");
    assert_eq!(memory(&|look| look * 10).growth(), 200, "without end");
}
