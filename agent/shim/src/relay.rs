//! Between a command inside a container and whoever asked for it.
//!
//! Without a terminal the command has our own three descriptors and there is nothing to copy. With one, what is typed
//! and the terminal's size share our standard input, as frames: one byte of kind (0: typed bytes, 1: size), the
//! payload's length as four bytes, the payload; a size is rows and columns as two bytes each; all big-endian. The
//! end of the input is typed as Ctrl-D. When nobody is left to read the output, the command is killed.

use crate::failure::{Doing, Failure};
use crate::sys::descriptor;
use crate::sys::process::{self, Ending};
use crate::sys::terminal;
use libc::{POLLERR, POLLHUP, POLLIN, POLLOUT};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Longest payload of one frame.
const MAX_FRAME: usize = 1 << 16;
const HEADER: usize = 5;
/// Ctrl-D.
const END_OF_TRANSMISSION: u8 = 4;

/// A terminal's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

/// One frame of the input.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    Typed(Vec<u8>),
    Resized(Size),
}

/// Waits for the command's end.
pub(crate) fn without_terminal(command: &OwnedFd) -> Result<Ending, Failure> {
    loop {
        let mut entries = [
            descriptor::entry(command, POLLIN),
            descriptor::entry(io::stdout(), 0),
            descriptor::entry(io::stderr(), 0),
        ];
        descriptor::poll(&mut entries, -1).doing("wait for the command")?;
        if entries[0].revents != 0 {
            return process::wait(command).doing("wait for the command");
        }
        if entries[1..].iter().any(|entry| entry.revents & (POLLERR | POLLHUP) != 0) {
            process::send_signal(command, libc::SIGKILL).doing("end the command")?;
            return process::wait(command).doing("wait for the command");
        }
    }
}

/// Copies both ways until the command has ended.
pub(crate) fn with_terminal(command: &OwnedFd, terminal: &OwnedFd) -> Result<Ending, Failure> {
    let mut input = Input::default();
    loop {
        let typing = if input.pending.is_empty() { 0 } else { POLLOUT };
        let keyboard = || descriptor::entry(io::stdin(), POLLIN);
        let mut entries = [
            descriptor::entry(command, POLLIN),
            descriptor::entry(io::stdout(), 0),
            descriptor::entry(terminal, POLLIN | typing),
            if input.wants_more() { keyboard() } else { descriptor::no_entry() },
        ];
        descriptor::poll(&mut entries, -1).doing("wait for the command")?;
        let [ended, listener, screen, keyboard] = entries.map(|entry| entry.revents);
        if listener & (POLLERR | POLLHUP) != 0 {
            process::send_signal(command, libc::SIGKILL).doing("end the command")?;
        }
        if keyboard != 0 {
            input.receive(terminal)?;
        }
        input.type_into(terminal);
        let printed = screen & POLLIN != 0 && show(terminal)?;
        // A command may end with output still in the terminal.
        if ended != 0 && !printed {
            return process::wait(command).doing("wait for the command");
        }
    }
}

/// Copies some output; false when there was none.
fn show(terminal: &OwnedFd) -> Result<bool, Failure> {
    let mut buffer = [0; 4096];
    let n = match descriptor::read(terminal, &mut buffer) {
        Ok(0) | Err(_) => return Ok(false),
        Ok(n) => n,
    };
    let mut rest = &buffer[..n];
    while !rest.is_empty() {
        let written = descriptor::write(io::stdout(), rest).doing("pass output on")?;
        rest = &rest[written..];
    }
    Ok(true)
}

/// What has been received and not yet typed.
#[derive(Default)]
struct Input {
    received: Vec<u8>,
    pending: Vec<u8>,
    ended: bool,
}

impl Input {
    /// Nothing more is taken while the program does not read what was typed.
    fn wants_more(&self) -> bool {
        !self.ended && self.pending.is_empty()
    }

    fn receive(&mut self, screen: &OwnedFd) -> Result<(), Failure> {
        let mut buffer = [0; 4096];
        match descriptor::read(io::stdin(), &mut buffer) {
            Ok(n) if n > 0 => self.received.extend_from_slice(&buffer[..n]),
            _ => {
                self.ended = true;
                self.pending.push(END_OF_TRANSMISSION);
            }
        }
        while let Some(frame) = take_frame(&mut self.received)? {
            match frame {
                Frame::Typed(bytes) => self.pending.extend(bytes),
                Frame::Resized(size) => {
                    terminal::resize(screen, size.rows, size.columns).doing("size the terminal")?;
                }
            }
        }
        Ok(())
    }

    fn type_into(&mut self, terminal: impl AsFd) {
        if !self.pending.is_empty() {
            // A terminal without a reader takes nothing; the command's end will show.
            let written = descriptor::write(terminal, &self.pending).unwrap_or(0);
            self.pending.drain(..written);
        }
    }
}

/// Removes the first whole frame from `received`.
fn take_frame(received: &mut Vec<u8>) -> Result<Option<Frame>, Failure> {
    let [kind, a, b, c, d, ..] = received[..] else {
        return Ok(None);
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length > MAX_FRAME {
        return Err(Failure::new(format!("input: a frame of {length} bytes is above {MAX_FRAME}")));
    }
    if received.len() < HEADER + length {
        return Ok(None);
    }
    let payload: Vec<u8> = received.drain(..HEADER + length).skip(HEADER).collect();
    match (kind, &payload[..]) {
        (0, _) => Ok(Some(Frame::Typed(payload))),
        (1, &[a, b, c, d]) => {
            let size = Size { rows: u16::from_be_bytes([a, b]), columns: u16::from_be_bytes([c, d]) };
            Ok(Some(Frame::Resized(size)))
        }
        _ => Err(Failure::new(format!("input: no frame of kind {kind} has {length} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_arrive_in_pieces() {
        let mut received = vec![0, 0, 0, 0, 2, b'l'];
        assert_eq!(take_frame(&mut received), Ok(None));
        received.extend([b's', 1, 0, 0, 0, 4, 0, 24, 0, 80, 0]);
        assert_eq!(take_frame(&mut received), Ok(Some(Frame::Typed(b"ls".to_vec()))));
        assert_eq!(take_frame(&mut received), Ok(Some(Frame::Resized(Size { rows: 24, columns: 80 }))));
        assert_eq!(take_frame(&mut received), Ok(None));
        assert_eq!(received, [0]);
    }

    #[test]
    fn damaged_frames_are_refused() {
        for bytes in [&[0, 0, 1, 0, 1][..], &[1, 0, 0, 0, 1, 0], &[2, 0, 0, 0, 0]] {
            assert!(take_frame(&mut bytes.to_vec()).is_err(), "{bytes:?}");
        }
    }
}
