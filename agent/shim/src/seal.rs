//! Protects our own program file from the containers.
//!
//! Until a container's first program starts, and whenever a command is brought in, a process inside the container runs
//! *our* file, and an image can make it execute `/proc/self/exe`, that is, this file, again. Whoever opens that link
//! for writing afterwards would write to the host's binary (CVE-2019-5736). So we run from a private read-only mount
//! of our file: what is opened through it cannot be written, by anybody. Copying the program into sealed memory is
//! the usual answer and costs a copy of the file per container; this costs three system calls.

use crate::failure::{Doing, Failure};
use crate::sys::mount;
use crate::sys::process;
use std::path::Path;

/// Set in the environment of the second execution.
const MARK: &str = "HEARTH_SHIM_SEALED";

/// Returns if this process runs from a read-only mount; else executes the program again from one.
pub(crate) fn ensure() -> Result<(), Failure> {
    let program = Path::new("/proc/self/exe");
    if mount::is_read_only(program).doing("look at my own file")? {
        return Ok(());
    }
    if std::env::var_os(MARK).is_some() {
        return Err(Failure::new("cannot protect my own file: it is still writable"));
    }
    let sealed = mount::read_only_copy(program).doing("protect my own file")?;
    let arguments: Vec<String> = std::env::args().collect();
    Err(process::execute_file(sealed, &arguments, &[format!("{MARK}=1")])).doing("execute my protected file")
}
