//! Settings below `/proc/sys/net`, which show the namespace of the thread that looks.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

const ROOT: &str = "/proc/sys/net";

/// All values are numbers, and the kernel hands out a whole value at the first read.
const LONGEST: usize = 64;

/// The setting's value; `None` if this kernel has no such setting.
pub(in crate::backend::linux::network) fn read(name: &str) -> io::Result<Option<String>> {
    let mut file = match File::open(Path::new(ROOT).join(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut value = [0; LONGEST];
    let length = file.read(&mut value)?;
    Ok(Some(String::from_utf8_lossy(value.get(..length).unwrap_or_default()).trim().to_owned()))
}

/// Sets it.
pub(in crate::backend::linux::network) fn write(name: &str, value: &str) -> io::Result<()> {
    std::fs::write(Path::new(ROOT).join(name), value)
}
