//! Waiting for conditions, never for time alone.

use std::time::{Duration, Instant};

/// For whatever no promise was made about.
pub const PATIENCE: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(20);

/// Asks until there is an answer; an error is the reason why there is none yet.
///
/// # Panics
/// When there is none in time.
pub fn until<T>(what: &str, patience: Duration, mut ask: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(reason) if Instant::now() > deadline => panic!("{what}: not within {patience:?}: {reason}"),
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

/// Whether two things are equal, as an answer for [`until`].
pub fn same<T: PartialEq + std::fmt::Debug>(seen: &T, wanted: &T) -> Result<(), String> {
    if seen == wanted { Ok(()) } else { Err(format!("{seen:?} instead of {wanted:?}")) }
}
