//! The newest lines of the log, in memory.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// Of lines; older ones are forgotten. Enough for some thousand of them, little beside what a server holds.
pub const KEPT_BYTES: usize = 256 * 1024;

/// A ring of lines.
pub(super) struct Recent(Mutex<Lines>);

struct Lines {
    lines: VecDeque<Box<str>>,
    bytes: usize,
}

impl Recent {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Lines { lines: VecDeque::new(), bytes: 0 }))
    }

    fn push(&self, line: Box<str>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += line.len();
        kept.lines.push_back(line);
        while kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.lines.pop_front() else { break };
            kept.bytes -= oldest.len();
        }
    }

    pub(super) fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.lines.iter().map(|line| &**line).collect()
    }
}

/// Takes a line; the formatter writes each with one call.
pub(super) struct Line<'r>(&'r Recent);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(plain(&String::from_utf8_lossy(bytes)).into_boxed_str());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'r> MakeWriter<'r> for &'static Recent {
    type Writer = Line<'r>;

    fn make_writer(&'r self) -> Line<'r> {
        Line(self)
    }
}

/// Without the colours that a terminal gets (ECMA-48 control sequences, which a letter ends).
fn plain(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|letter: char| letter.is_ascii_alphabetic()).map_or(piece.len(), |at| at + 1);
        plain.push_str(&piece[end..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_lines_make_room_for_new_ones() {
        let recent = Recent::new();
        let line = "x".repeat(1023) + "\n";
        for number in 0..2 * KEPT_BYTES / line.len() {
            write!(Line(&recent), "{number:06}{line}").unwrap();
        }
        let text = recent.text();
        assert!(text.len() <= KEPT_BYTES && text.len() > KEPT_BYTES - 2 * line.len(), "{}", text.len());
        assert!(text.lines().last().unwrap().starts_with("000511"), "the newest is there");
        assert!(!text.contains("000000"), "the oldest is not");
    }

    #[test]
    fn colours_are_for_terminals() {
        assert_eq!(plain("\x1b[2m12:00\x1b[0m \x1b[32m INFO\x1b[0m ready\n"), "12:00  INFO ready\n");
        assert_eq!(plain("nothing"), "nothing");
    }
}
