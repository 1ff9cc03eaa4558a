//! Becoming independent of whoever started us.

use crate::failure::{Doing, Failure};
use crate::inside;
use crate::sys::descriptor;
use crate::sys::process::{self, Clone};
use std::fs::OpenOptions;
use std::os::fd::OwnedFd;

/// The message that means "all is well"; a failure's first byte is never this.
const WELL: [u8; 1] = [0];

/// Tells the process that is still waiting how things stand.
pub(crate) struct Ready(OwnedFd);

impl Ready {
    /// The waiting process ends with success.
    pub(crate) fn signal(&self) {
        // Nobody may be waiting any more; the container runs all the same.
        let _ = descriptor::write(&self.0, &WELL);
    }
}

/// Runs `work` in a process that has no parent but init, no terminal and no descriptor of ours. Returns in the process
/// that called, when `work` signals or fails.
pub(crate) fn detached(work: impl FnOnce(&Ready) -> Result<(), Failure>) -> Result<(), Failure> {
    let (ours, theirs) = descriptor::message_pair().doing("make a socket pair")?;
    match process::clone(0).doing("detach")? {
        Clone::Parent(..) => {
            drop(theirs);
            first_word(&ours)
        }
        Clone::Child => {
            drop(ours);
            let ready = Ready(theirs);
            match let_go().and_then(|()| work(&ready)) {
                Ok(()) => process::exit_now(0),
                Err(failure) => inside::report(&ready.0, &failure),
            }
        }
    }
}

fn first_word(child: &OwnedFd) -> Result<(), Failure> {
    let mut message = [0; 1024];
    match descriptor::read(child, &mut message).doing("hear from the supervisor")? {
        0 => Err(Failure::new("the supervisor died")),
        n if message[..n] == WELL => Ok(()),
        n => Err(Failure::from_bytes(&message[..n])),
    }
}

fn let_go() -> Result<(), Failure> {
    process::new_session().doing("start a session")?;
    std::env::set_current_dir("/").doing("leave the working directory")?;
    let silence = OpenOptions::new().read(true).write(true).open("/dev/null").doing("open /dev/null")?;
    (0..=2).try_for_each(|number| descriptor::place(&silence, number)).doing("let go of the terminal")
}
