//! What an image may bring along to get out, and what it may ask to be started as.

use super::*;
use crate::archive::document::own_architecture;
use crate::archive::samples::{Tar, digest};
use crate::testing::registry::images::Layer;
use crate::testing::registry::{Door, Registry};
use serde_json::{Value, json};

fn busybox() -> Vec<u8> {
    fs::read("/bin/busybox").unwrap()
}

/// An image with a shell and what `change` adds.
fn tar(change: impl FnOnce(Tar) -> Tar) -> Vec<u8> {
    let tar = Tar::new().folder("bin").program("bin/busybox", busybox()).symlink("bin/sh", "busybox");
    change(tar).bytes()
}

impl Host {
    /// Imports `tar` and asks for an instance of it that runs `script`.
    async fn of(&self, id: &str, tar: Vec<u8>, script: &str) -> StartRequest {
        let command = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        let image = proto::Image { digest: digest(&tar), source: "import".into(), command, ..web() };
        let (sender, archive) = mpsc::channel(1);
        sender.send(Ok(tar)).await.unwrap();
        drop(sender);
        self.containers.images().add(&image, Some(archive)).await.unwrap();
        StartRequest { image, ..self.request(id, &[]) }
    }
}

/// The working directory is entered before privileges are gone, so a link there is what CVE-2024-21626 and
/// CVE-2026-55686 are made of.
#[tokio::test]
async fn attack_working_directories_that_are_links() {
    let host = Host::new().await;
    let marker = host.folder.path().join("host-only");
    fs::write(&marker, "host").unwrap();
    let outside = host.folder.path().display().to_string();
    let image = tar(|tar| {
        let tar =
            tar.symlink("upwards", "../../../../../..").folder("srv/data").symlink("inside", "/srv/data");
        let tar = (3..20).fold(tar, |tar, n| tar.symlink(&format!("leak{n}"), &format!("/proc/self/fd/{n}")));
        tar.extension(&[("linkpath", &outside)]).symlink("outside", "x").symlink("loop", "loop")
    });
    let look = "pwd -P; busybox cat host-only; busybox ls /proc/self/cwd/; echo looked; busybox sleep 4711";
    let mut started = 0;
    let leaks = (3..20).map(|n| format!("/leak{n}"));
    for (n, directory) in leaks
        .chain(["/upwards", "/inside", "/outside", "/loop", "/leak5/../../.."].map(String::from))
        .enumerate()
    {
        let id = format!("i-{n}");
        let mut request = host.of(&id, image.clone(), look).await;
        request.image.working_directory.clone_from(&directory);
        // Refused or started inside; nothing else.
        if host.containers.start(request).await.is_ok() {
            started += 1;
            let printed = host.until_printed(&id, "looked").await;
            assert!(printed.starts_with('/') && !printed.contains("unreachable"), "{directory}: {printed}");
            assert!(!printed.contains("host\n") && !printed.contains("netns"), "{directory}: {printed}");
            host.containers.stop(&id, 0).await.unwrap();
        }
    }
    assert!(started >= 2, "what is inside is entered");
    assert_eq!(fs::read_to_string(&marker).unwrap(), "host");
}

/// Masks are bind mounts of `/dev/null`; CVE-2025-31133 replaced that by a link. Ours lies on a file system that no image
/// has written to, whatever the image holds at these names.
#[tokio::test]
async fn attack_masks_and_devices_that_are_links() {
    let host = Host::new().await;
    let image = tar(|tar| {
        tar.folder("dev")
            .symlink("dev/null", "/proc/sysrq-trigger")
            .symlink("dev/console", "/proc/kcore")
            .symlink("dev/pts", "/proc/self/fd")
            .symlink("dev/shm", "/bin")
            .folder("proc")
            .symlink("proc/keys", "/bin/busybox")
            .folder("sys")
            .symlink("sys/firmware", "/bin")
    });
    let look = "for it in /dev/null /proc/keys; do busybox stat -c '%F %t:%T' $it; done; \
                busybox stat -c %F /dev/pts /dev/shm; busybox ls /sys/firmware; busybox head -c1 /proc/keys; \
                echo looked; busybox sleep 4711";
    let request = host.of("i-1", image, look).await;
    host.containers.start(request).await.unwrap();
    let null = "character special file 1:3\n";
    assert_eq!(
        host.until_printed("i-1", "looked").await,
        format!("{null}{null}directory\ndirectory\nlooked\n")
    );
}

#[tokio::test]
async fn attack_mount_points_that_are_links() {
    let host = Host::new().await;
    for (n, name) in ["proc", "sys", "dev"].into_iter().enumerate() {
        let image = tar(|tar| tar.symlink(name, "/bin"));
        let id = format!("i-{n}");
        let request = host.of(&id, image, "true").await;
        let error = host.containers.start(request).await.unwrap_err();
        assert!(error.to_string().contains(&format!("/{name} is not a folder")), "{error}");
        assert_eq!(host.observe(&id), None, "nothing is left of it");
    }
}

#[tokio::test]
async fn attack_setuid_gives_nothing_inside() {
    let host = Host::new().await;
    // This busybox would ping for everybody, as ping does on most machines.
    let image = tar(|tar| {
        let users = "root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n";
        tar.mode("bin/busybox-root", 0o4755, busybox()).folder("etc").file("etc/passwd", users)
    });
    host.containers.start(host.of("i-1", image, "busybox sleep 4711").await).await.unwrap();
    let ping = "/bin/busybox-root -- ping -c1 127.0.0.1";
    let (printed, code) =
        host.inside("i-1", &format!("busybox start-stop-daemon -S -c root -x {ping}")).await;
    assert_eq!(code, 0, "root may: {printed}");
    let (printed, _) = host.inside("i-1", &format!("busybox start-stop-daemon -S -c web -x {ping}")).await;
    assert!(printed.contains("permission denied (are you root?)"), "{printed}");
}

/// A program from a registry, as the user, in the folder and with the environment that its configuration says.
#[tokio::test]
async fn a_pulled_image_starts_as_it_says() {
    let registry = Registry::start(Door::Open);
    let config: Value = json!({
        "Entrypoint": ["/bin/sh", "-c"], "Env": ["GREETING=hello"], "WorkingDir": "/srv/data", "User": "web:staff",
        "Cmd": ["busybox id -u; busybox id -g; busybox pwd; echo $GREETING $HOME; echo again >/dev/stdout; busybox touch /x; echo end; busybox sleep 4711"],
    });
    let files = Tar::new()
        .folder("etc")
        .file("etc/passwd", "web:x:33:34::/home/web:/bin/sh\n")
        .file("etc/group", "staff:x:50:\n");
    let layers = [Layer::gzip(&tar(|tar| tar)), Layer::gzip(&files.bytes())];
    let entry = registry.push_image("app", None, own_architecture(), &config, &layers);
    let host = Host::new().await;
    let image = proto::Image {
        id: "ami-app".into(),
        digest: entry["digest"].as_str().unwrap().into(),
        source: "registry".into(),
        registry: Some(proto::RegistryImage {
            reference: format!("{}/app", registry.host()),
            platforms: vec![],
        }),
        ..proto::Image::default()
    };
    host.containers.images().add(&image, None).await.unwrap();
    let request = StartRequest { image, ..host.request("i-1", &[]) };
    host.containers.start(request).await.unwrap();
    let printed = host.until_printed("i-1", "end").await;
    let expected = "33\n50\n/srv/data\nhello /home/web\nagain\ntouch: /x: Permission denied\nend\n";
    assert_eq!(printed, expected);
    let (status, _) =
        host.inside("i-1", "busybox grep -E '^(CapEff|Groups|NoNewPrivs)' /proc/self/status").await;
    assert_eq!(status, "Groups:\t \nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n");
}
