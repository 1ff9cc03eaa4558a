//! Links `hearth-shim` statically with the glibc of the machine that builds it.
//!
//! A static program starts without a dynamic loader (13 system calls until `main`), keeps little private memory and
//! does not care which libraries a package upgrade swaps under it while it runs for months. `+crt-static` would say
//! the same, but only as a flag for a whole `cargo` call, and a musl target would ask for one more toolchain. Only
//! the arguments of this one link step are ours, and there `rustc` asks for shared libraries by name (`-lgcc_s`,
//! `-lc`, ...). So those names are given linker scripts that lead to the static archives, in a folder searched first.

use std::path::PathBuf;
use std::{env, fs, io};

/// Names `rustc` passes as `-l`, and what they are to mean.
const LIBRARIES: [(&str, &str); 7] = [
    ("gcc_s", "GROUP(-l:libgcc_eh.a)"),
    ("c", "GROUP(-l:libc.a -l:libgcc_eh.a -l:libgcc.a)"),
    ("m", "GROUP(-l:libm.a)"),
    ("dl", "GROUP(-l:libdl.a)"),
    ("rt", "GROUP(-l:librt.a)"),
    ("util", "GROUP(-l:libutil.a)"),
    ("pthread", "GROUP(-l:libpthread.a)"),
];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    for (name, script) in LIBRARIES {
        fs::write(out.join(format!("lib{name}.so")), script)?;
    }
    println!("cargo:rustc-link-arg-bins=-L{}", out.display());
    println!("cargo:rustc-link-arg-bins=-static");
    println!("cargo:rustc-link-arg-bins=-no-pie");
    Ok(())
}
