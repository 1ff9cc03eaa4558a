//! What a program in a container may not do, put in force just before it starts.
//!
//! There is no user namespace: uid 0 inside is uid 0 outside, without the capabilities that matter. An instance is
//! meant to feel like a machine of its own, and shared images would otherwise need their owners shifted per
//! instance. What stands in for it: few capabilities, no-new-privileges, the filter in [`crate::seccomp`], a `nodev`
//! root and a network of its own.

use crate::config::Config;
use crate::failure::{Doing, Failure};
use crate::seccomp;
use crate::sys::{descriptor, privilege, process};

/// The capabilities that stay, by the kernel's numbers. All of them act on the container's own files, processes and
/// network only. `NET_RAW` stays because machines can ping; `MKNOD`, `NET_ADMIN`, `SYS_ADMIN`, `SYS_PTRACE`,
/// `SYS_MODULE`, `SYS_TIME` and all the others go.
const KEPT: [(&str, u32); 13] = [
    ("CHOWN", 0),
    ("DAC_OVERRIDE", 1),
    ("FOWNER", 3),
    ("FSETID", 4),
    ("KILL", 5),
    ("SETGID", 6),
    ("SETUID", 7),
    ("SETPCAP", 8),
    ("NET_BIND_SERVICE", 10),
    ("NET_RAW", 13),
    ("SYS_CHROOT", 18),
    ("AUDIT_WRITE", 29),
    ("SETFCAP", 31),
];

/// Numbers beyond any kernel's last capability.
const END: u32 = 64;

/// Gives up everything but [`KEPT`] and becomes the configured user, for good. The order matters: each step takes
/// away what the steps before it needed.
pub(crate) fn apply(config: &Config) -> Result<(), Failure> {
    for number in (0..END).filter(|number| mask() & (1 << number) == 0) {
        if !privilege::capability_exists(number) {
            break;
        }
        privilege::forbid_capability(number).doing(format_args!("forbid capability {number}"))?;
    }
    privilege::set_identity(config.uid, config.gid).doing("become the user")?;
    // Another user has lost them with the change; asking for them again would be refused.
    let kept = if config.uid == 0 { mask() } else { 0 };
    privilege::keep_capabilities(kept).doing("give up capabilities")?;
    descriptor::close_rest_on_exec().doing("close descriptors")?;
    descriptor::reset_signals().doing("reset signals")?;
    process::set_umask(0o022);
    privilege::forbid_new_privileges().doing("forbid new privileges")?;
    privilege::filter_system_calls(&seccomp::program()).doing("filter system calls")
}

fn mask() -> u64 {
    KEPT.iter().fold(0, |mask, (_, number)| mask | 1 << number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dangerous_ones_are_not_kept() {
        const NET_ADMIN: u32 = 12;
        const SYS_ADMIN: u32 = 21;
        const MKNOD: u32 = 27;
        const BPF: u32 = 39;
        for number in [2, 9, NET_ADMIN, 16, 17, 19, SYS_ADMIN, 22, 23, 25, MKNOD, BPF] {
            assert_eq!(mask() & (1 << number), 0, "{number}");
        }
        assert_eq!(mask().count_ones() as usize, KEPT.len());
    }
}
