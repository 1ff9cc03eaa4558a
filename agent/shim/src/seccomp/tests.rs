//! The program run by a small interpreter, call by call.

use super::*;

/// What the kernel would see of one call.
struct Call {
    architecture: u32,
    number: u32,
    arguments: [u32; 2],
}

impl Call {
    fn load(&self, offset: u32) -> u32 {
        match offset {
            NUMBER => self.number,
            ARCHITECTURE_OFFSET => self.architecture,
            FIRST_ARGUMENT => self.arguments[0],
            SECOND_ARGUMENT => self.arguments[1],
            _ => panic!("load at {offset}"),
        }
    }
}

fn verdict(call: &Call) -> u32 {
    let program = program();
    let (mut at, mut value) = (0, 0);
    loop {
        let step = &program[at];
        at += 1;
        let jump = |met: bool| usize::from(if met { step.jt } else { step.jf });
        match step.code {
            LOAD => value = call.load(step.k),
            IF_EQUAL => at += jump(value == step.k),
            IF_GREATER => at += jump(value > step.k),
            IF_ANY_BIT => at += jump(value & step.k != 0),
            RETURN => return step.k,
            other => panic!("instruction {other:#x}"),
        }
    }
}

fn native(number: c_long, arguments: [u32; 2]) -> u32 {
    verdict(&Call { architecture: ARCHITECTURE, number: number as u32, arguments })
}

#[test]
fn verdicts() {
    let eperm = errno(libc::EPERM);
    let enosys = errno(libc::ENOSYS);
    for (name, number, arguments, expected) in [
        ("read", libc::SYS_read, [0, 0], ALLOW),
        ("execve", libc::SYS_execve, [0, 0], ALLOW),
        ("openat2", libc::SYS_openat2, [0, 0], ALLOW),
        ("mount", libc::SYS_mount, [0, 0], eperm),
        ("bpf", libc::SYS_bpf, [0, 0], eperm),
        ("kexec_load", libc::SYS_kexec_load, [0, 0], eperm),
        ("unshare", libc::SYS_unshare, [0, 0], eperm),
        ("vhangup", libc::SYS_vhangup, [0, 0], eperm),
        ("clone3", libc::SYS_clone3, [0, 0], enosys),
        ("fork", libc::SYS_clone, [libc::SIGCHLD as u32, 0], ALLOW),
        ("user namespace", libc::SYS_clone, [libc::CLONE_NEWUSER as u32, 0], eperm),
        ("tcp", libc::SYS_socket, [libc::AF_INET as u32, 0], ALLOW),
        ("vsock", libc::SYS_socket, [libc::AF_VSOCK as u32, 0], errno(libc::EAFNOSUPPORT)),
        ("window size", libc::SYS_ioctl, [1, libc::TIOCGWINSZ as u32], ALLOW),
        ("typing", libc::SYS_ioctl, [0, libc::TIOCSTI as u32], eperm),
        ("newer than the list", c_long::from(LAST_KNOWN + 1), [0, 0], enosys),
        ("x32 mount", libc::SYS_mount | 0x4000_0000, [0, 0], enosys),
    ] {
        assert_eq!(native(number, arguments), expected, "{name}");
    }
}

#[test]
fn another_architecture_is_the_end() {
    const I386: u32 = 0x4000_0003;
    assert_eq!(verdict(&Call { architecture: I386, number: 21, arguments: [0, 0] }), KILL);
}

#[test]
fn every_jump_is_within_the_program() {
    let program = program();
    for (at, step) in program.iter().enumerate() {
        assert!(at + usize::from(step.jt.max(step.jf)) < program.len(), "step {at}");
    }
    assert!(program.len() < 4096);
}
