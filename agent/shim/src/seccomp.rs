//! The system call filter: a classic BPF program over the call's number and arguments.
//!
//! It lists what is refused, not what is allowed. An allow list needs an update whenever a libc learns a new call,
//! and until then programs fail in odd ways. Calls newer than the list are answered "no such call", which is what
//! an older kernel says, so the list cannot be outrun. Refused are calls that reconfigure the machine (mounts, modules,
//! kexec, clocks), that reach through the container's walls (keyrings, file handles, namespaces, BPF, performance
//! counters), and big attack surfaces that instances do not need (io_uring, userfaultfd).
//!
//! Most calls are allowed whatever their arguments, and the kernel remembers those per number: the length of this
//! program costs them nothing.

use libc::{c_long, sock_filter};

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("the system call filter knows x86_64 and aarch64 only");

/// The last call the list below was checked against (Linux 6.17: `file_setattr`). Numbers above are newer; the x32
/// variants, whose numbers start at 2^30, are refused with them.
const LAST_KNOWN: u32 = 469;

/// `open_tree_attr`, the same number everywhere.
const OPEN_TREE_ATTR: c_long = 467;

/// Refused with "operation not permitted" whatever the arguments.
const REFUSED: &[c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_lookup_dcookie,
    libc::SYS_mbind,
    libc::SYS_migrate_pages,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_name_to_handle_at,
    libc::SYS_nfsservctl,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    OPEN_TREE_ATTR,
    libc::SYS_perf_event_open,
    libc::SYS_pivot_root,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_set_mempolicy,
    libc::SYS_set_mempolicy_home_node,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// The same, on x86 only.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] = &[
    libc::SYS__sysctl,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_sysfs,
    libc::SYS_uselib,
    libc::SYS_ustat,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[c_long] = &[];

/// Namespaces a new process may not ask for.
const NEW_NAMESPACES: u32 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u32;

/// Offsets in the kernel's `struct seccomp_data`, little-endian halves.
const NUMBER: u32 = 0;
const ARCHITECTURE_OFFSET: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;
const SECOND_ARGUMENT: u32 = 24;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const IF_GREATER: u16 = (libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K) as u16;
const IF_ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;

fn errno(number: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | number as u32
}

fn step(code: u16, k: u32, if_true: u8, if_false: u8) -> sock_filter {
    sock_filter { code, jt: if_true, jf: if_false, k }
}

fn finish(result: u32) -> sock_filter {
    step(RETURN, result, 0, 0)
}

/// If the call has this number, end with `result`; else go on.
fn refuse(call: c_long, result: u32) -> [sock_filter; 2] {
    [step(IF_EQUAL, call as u32, 0, 1), finish(result)]
}

/// If the call has this number, look at the lower half of an argument: `test` leads to `result` or to ALLOW.
fn refuse_argument(call: c_long, offset: u32, tests: &[(u16, u32)], result: u32) -> Vec<sock_filter> {
    let mut steps = vec![step(LOAD, offset, 0, 0)];
    for (test, value) in tests {
        steps.extend([step(*test, *value, 0, 1), finish(result)]);
    }
    steps.push(finish(ALLOW));
    let over = steps.len() as u8;
    steps.insert(0, step(IF_EQUAL, call as u32, 0, over));
    steps
}

/// The whole program.
pub(crate) fn program() -> Vec<sock_filter> {
    let eperm = errno(libc::EPERM);
    let mut steps = vec![
        step(LOAD, ARCHITECTURE_OFFSET, 0, 0),
        step(IF_EQUAL, ARCHITECTURE, 1, 0),
        finish(KILL),
        step(LOAD, NUMBER, 0, 0),
        step(IF_GREATER, LAST_KNOWN, 0, 1),
        finish(errno(libc::ENOSYS)),
    ];
    for call in REFUSED.iter().chain(REFUSED_HERE) {
        steps.extend(refuse(*call, eperm));
    }
    // Its flags are behind a pointer, where a filter cannot look; libc falls back to clone.
    steps.extend(refuse(libc::SYS_clone3, errno(libc::ENOSYS)));
    steps.extend(refuse_argument(libc::SYS_clone, FIRST_ARGUMENT, &[(IF_ANY_BIT, NEW_NAMESPACES)], eperm));
    steps.extend(refuse_argument(
        libc::SYS_socket,
        FIRST_ARGUMENT,
        &foreign_sockets(),
        errno(libc::EAFNOSUPPORT),
    ));
    steps.extend(refuse_argument(libc::SYS_ioctl, SECOND_ARGUMENT, &typing_ioctls(), eperm));
    steps.push(finish(ALLOW));
    steps
}

/// Sockets that lead out of the network namespace (the hypervisor's) or into the kernel's cryptography.
fn foreign_sockets() -> [(u16, u32); 2] {
    [(IF_EQUAL, libc::AF_VSOCK as u32), (IF_EQUAL, libc::AF_ALG as u32)]
}

/// Typing into somebody else's terminal.
fn typing_ioctls() -> [(u16, u32); 2] {
    const TIOCLINUX: u32 = 0x541C;
    [(IF_EQUAL, libc::TIOCSTI as u32), (IF_EQUAL, TIOCLINUX)]
}

#[cfg(test)]
mod tests;
