//! What a container is limited to, looked at from inside and from outside.

use super::*;

async fn running() -> Host {
    let host = Host::new().await;
    // Not through a shell, which would be the first process for a moment.
    host.containers.start(host.request("i-1", &["sleep", "4711"])).await.unwrap();
    host
}

#[tokio::test]
async fn limits_are_in_force() {
    let host = running().await;
    for (tree, file, value) in [
        ("memory", "memory.limit_in_bytes", "67108864"),
        ("cpu", "cpu.cfs_quota_us", "100000"),
        ("cpu", "cpu.cfs_period_us", "100000"),
        ("pids", "pids.max", "8192"),
    ] {
        let found = fs::read_to_string(host.group(tree, "i-1").join(file)).unwrap();
        assert_eq!(found.trim(), value, "{file}");
    }
    let devices = fs::read_to_string(host.group("devices", "i-1").join("devices.list")).unwrap();
    assert!(
        devices.contains("c 1:3 rwm") && !devices.contains("a *:*") && !devices.contains("b "),
        "{devices}"
    );
    // A process that wants more memory than there is does not get it; the rest goes on.
    let (_, code) = host.inside("i-1", "head -c 100000000 /dev/zero | tail -c 99999999 >/dev/null").await;
    assert_ne!(code, 0);
    assert_eq!(host.observe("i-1").unwrap().state, InstanceState::Running);
}

#[tokio::test]
async fn privileges_are_gone_in_first_process_and_commands() {
    let host = Host::new().await;
    host.start_script("i-1", "grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status; sleep 4711").await;
    let expected = "CapInh:\t0000000000000000\nCapPrm:\t00000000a00425fb\nCapEff:\t00000000a00425fb\n\
                    CapBnd:\t00000000a00425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";
    let (seen, _) = host.inside("i-1", "grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status").await;
    assert_eq!(seen, expected);
    assert_eq!(host.until_printed("i-1", "Seccomp:\t2\n").await, expected);
}

#[tokio::test]
async fn only_three_descriptors_and_a_directory_inside() {
    let host = Host::new().await;
    // Left open on purpose: nothing of it may reach an instance.
    let _leak = fs::File::open("/etc/passwd").unwrap();
    let look = "pwd; ls /proc/$$/fd; readlink /proc/$$/cwd; readlink /proc/$$/root";
    host.start_script("i-1", &format!("{look}; sleep 4711")).await;
    let expected = "/\n0\n1\n2\n/\n/\n";
    assert_eq!(host.inside("i-1", look).await, (expected.into(), 0));
    host.until_printed("i-1", expected).await;
}

#[tokio::test]
async fn namespaces_are_its_own() {
    let host = running().await;
    let inside = host
        .inside("i-1", "for kind in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$kind; done")
        .await
        .0;
    for line in inside.lines() {
        let kind = line.split(':').next().unwrap();
        let outside = fs::read_link(format!("/proc/self/ns/{kind}")).unwrap();
        assert_ne!(outside.to_str().unwrap(), line);
    }
    assert_eq!(inside.lines().count(), 6);
    assert_eq!(host.inside("i-1", "hostname; head -c 5 /proc/1/cmdline").await.0, "host-i-1\nsleep");
    // Its network is the one it was given.
    let netns = std::os::unix::fs::MetadataExt::ino(&fs::metadata(host.folder.path().join("netns")).unwrap());
    assert!(inside.contains(&format!("net:[{netns}]")), "{inside}");
}

#[tokio::test]
async fn the_kernel_cannot_be_reached_or_changed() {
    let host = running().await;
    for (script, what) in [
        ("mount -t tmpfs none /tmp", "mount"),
        ("umount /proc", "umount"),
        ("unshare -m true", "a mount namespace"),
        ("unshare -U true", "a user namespace"),
        ("mknod /tmp/disk b 254 0", "a device node"),
        ("chroot / mount -t proc none /mnt", "mount in a chroot"),
        ("hostname other", "the host name"),
        ("date -s 2020-01-01 >/dev/null; [ $(date +%Y) = 2020 ]", "the clock"),
        ("ip link add x type dummy", "network links"),
        ("echo 1 >/proc/sysrq-trigger", "sysrq"),
        ("echo 0 >/proc/sys/kernel/pid_max", "sysctls"),
        ("echo x >/sys/power/state", "sysfs"),
        ("dmesg", "the kernel log"),
        ("head -c 1 /proc/kcore | grep .", "kernel memory"),
        ("grep . /proc/keys /proc/timer_list", "masked files"),
        ("ls /sys/firmware | grep .", "firmware"),
        ("insmod /bin/busybox", "modules"),
        ("reboot -f", "a reboot"),
        ("swapoff -a; swapon /bin/busybox", "swap"),
        ("nsenter -t 1 -m true", "namespaces of others"),
        ("ls /proc/1/root/etc/hearth-host-marker", "the host's root"),
    ] {
        let (printed, code) = host.inside("i-1", script).await;
        assert_ne!(code, 0, "{what}: {printed}");
    }
}

#[tokio::test]
async fn devices_are_the_harmless_ones() {
    let host = running().await;
    let script = "cd /dev && ls && echo x >null && head -c 2 zero | wc -c && echo line >console && ls pts";
    let (printed, code) = host.inside("i-1", script).await;
    assert_eq!(code, 0, "{printed}");
    let names: Vec<_> = printed.split_whitespace().collect();
    let expected =
        "console core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero 2 ptmx";
    assert_eq!(names.join(" "), expected);
    host.until_printed("i-1", "line\n").await;
    for (what, script) in [
        ("/tmp", "touch /tmp/x && test -k /tmp"),
        ("shm", "touch /dev/shm/x"),
        ("ptys", "test -c /dev/pts/ptmx"),
    ] {
        assert_eq!(host.inside("i-1", script).await.1, 0, "{what}");
    }
}

/// A container that gets hold of a supervisor's program file (by making it execute `/proc/self/exe`, say) holds the
/// host's binary. Whoever opens it that way, root on the host included, must not be able to write.
#[tokio::test]
async fn the_shims_own_file_cannot_be_written_through_its_processes() {
    let host = running().await;
    let command = vec!["sleep".into(), "4711".into()];
    let _session = host.containers.exec("i-1", ExecRequest { command, terminal: None }).unwrap();
    let states = host.folder.path().join("run/instances").display().to_string();
    let helper = until("the program that brings the command in", || {
        let calls = |pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            line.contains("\0exec\0") && line.contains(&states) && is_sealed(*pid)
        };
        let pids =
            fs::read_dir("/proc").unwrap().filter_map(|it| it.unwrap().file_name().to_str()?.parse().ok());
        pids.into_iter().find(calls)
    });
    for pid in [host.recorded("i-1", "supervisor"), helper.await] {
        // Truncating, because "is being executed" would otherwise be said first; it would not be said for ever.
        let open = fs::OpenOptions::new().write(true).truncate(true).open(format!("/proc/{pid}/exe"));
        let error = open.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ReadOnlyFilesystem, "{error}");
    }
}

/// Past the moment at which it executes itself again.
fn is_sealed(pid: i32) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.starts_with(b"HEARTH_SHIM_SEALED=1\0")
}

#[tokio::test]
async fn working_directories_stay_inside() {
    let host = Host::new().await;
    for (directory, expected) in
        [("/srv/made/for/it", "/srv/made/for/it\n"), ("/proc/1/root/../../etc", "/etc\n")]
    {
        let id = format!("i-{}", expected.len());
        let mut request = host.request(&id, &["sh", "-c", "pwd -P; sleep 4711"]);
        request.image.working_directory = directory.into();
        host.containers.start(request).await.unwrap();
        assert_eq!(host.until_printed(&id, expected).await, expected, "{directory}");
    }
    let mut relative = host.request("i-3", &["true"]);
    relative.image.working_directory = "etc".into();
    assert!(host.containers.start(relative).await.unwrap_err().to_string().contains("cwd"));
}

#[tokio::test]
async fn an_image_cannot_lead_the_mounts_astray() {
    let host = Host::new().await;
    let tar = crate::archive::samples::Tar::new()
        .symlink("proc", "/etc")
        .folder("bin")
        .program("bin/x", "x")
        .bytes();
    let digest = crate::archive::samples::digest(&tar);
    let image = proto::Image {
        digest: digest.clone(),
        source: "import".into(),
        command: vec!["/bin/x".into()],
        ..web()
    };
    let (sender, archive) = mpsc::channel(1);
    sender.send(Ok(tar)).await.unwrap();
    drop(sender);
    host.containers.images().add(&image, Some(archive)).await.unwrap();
    let request = StartRequest { image, ..host.request("i-1", &[]) };
    let error = host.containers.start(request).await.unwrap_err();
    assert!(error.to_string().contains("/proc is not a folder"), "{error}");
}
