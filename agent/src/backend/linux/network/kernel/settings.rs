//! Settings below `/proc/sys/net`, which show the namespace of the thread that looks.

use std::io;
use std::path::Path;

const ROOT: &str = "/proc/sys/net";

/// The setting's value; `None` if this kernel has no such setting.
pub(in crate::backend::linux::network) fn read(name: &str) -> io::Result<Option<String>> {
    match std::fs::read_to_string(Path::new(ROOT).join(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(|text| Some(text.trim().to_owned())),
    }
}

/// Sets it.
pub(in crate::backend::linux::network) fn write(name: &str, value: &str) -> io::Result<()> {
    std::fs::write(Path::new(ROOT).join(name), value)
}
