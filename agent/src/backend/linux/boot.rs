//! Which boot of the machine this is.
//!
//! The kernel's boot id alone is not enough: what dies with a boot (processes, namespaces) is recorded in the run
//! folder, and the run folder can be lost without a boot. So the id is the kernel's and a mark in the run folder
//! together. Whoever loses the one or the other finds no process to adopt, and that is what a boot means here.

use crate::backend::BackendError;
use std::fs;
use std::io;
use std::path::Path;

const KERNEL: &str = "/proc/sys/kernel/random/boot_id";
/// A new random id with every read.
const RANDOM: &str = "/proc/sys/kernel/random/uuid";

/// Reads the id; marks `run_folder` if it is new.
pub(super) fn boot_id(run_folder: &Path) -> Result<String, BackendError> {
    let kernel = read_line(Path::new(KERNEL))?;
    let mark_file = run_folder.join("boot");
    let mark = match fs::read_to_string(&mark_file) {
        Ok(mark) if !mark.trim().is_empty() => mark,
        Ok(_) => new_mark(&mark_file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => new_mark(&mark_file)?,
        Err(error) => return Err(failed("read", &mark_file, &error)),
    };
    Ok(format!("{kernel}/{}", mark.trim()))
}

/// Removes the mark and the run folder, when nothing else is left in it.
pub(super) fn forget(run_folder: &Path) -> Result<(), BackendError> {
    for removed in [fs::remove_file(run_folder.join("boot")), fs::remove_dir(run_folder)] {
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove", run_folder, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn new_mark(path: &Path) -> Result<String, BackendError> {
    let mark = read_line(Path::new(RANDOM))?;
    fs::write(path, &mark).map_err(|error| failed("write", path, &error))?;
    Ok(mark)
}

fn read_line(path: &Path) -> Result<String, BackendError> {
    let text = fs::read_to_string(path).map_err(|error| failed("read", path, &error))?;
    Ok(text.trim().to_owned())
}

fn failed(action: &str, path: &Path, error: &io::Error) -> BackendError {
    BackendError::Permanent(format!("cannot {action} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_with_the_run_folder_and_changes_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = boot_id(folder.path()).unwrap();
        assert_eq!(boot_id(folder.path()).unwrap(), first);
        fs::remove_file(folder.path().join("boot")).unwrap();
        let second = boot_id(folder.path()).unwrap();
        assert_ne!(second, first);
        fs::write(folder.path().join("boot"), "").unwrap();
        assert_ne!(boot_id(folder.path()).unwrap(), second);
        forget(folder.path()).unwrap();
        assert!(!folder.path().exists());
        forget(folder.path()).unwrap();
        assert!(matches!(boot_id(&folder.path().join("missing")), Err(BackendError::Permanent(_))));
    }
}
