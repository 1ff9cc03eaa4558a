//! End-to-end, conformance, simulation and tidy tests: what their programs share.

use std::path::{Path, PathBuf};

pub mod dev;
pub mod machine;
pub mod process;
pub mod s3;
pub mod sim;
pub mod wait;

/// The folder with the workspace's manifest: of the checkout that is tested, which need not be the one where this was
/// compiled.
///
/// # Panics
/// When it is not cargo that runs the test.
pub fn checkout() -> PathBuf {
    let own = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs tests"));
    own.parent().map_or_else(|| own.clone(), Path::to_owned)
}

/// A program of the workspace, built beside the test that runs.
///
/// # Panics
/// When it is not there: a test must not pass because its subject is missing.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let folder = own.ancestors().nth(2).map(Path::to_owned).unwrap_or_default();
    let path = folder.join(name);
    assert!(path.is_file(), "{} is missing; `cargo build -p cli -p agent-shim` makes it", path.display());
    path
}
