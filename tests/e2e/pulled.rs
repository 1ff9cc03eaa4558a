//! An image from a registry on the same machine: pulled by an operator, fetched by the node, started as it says.

use crate::lab::{Lab, PATIENCE, said, same, until};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const HOST: &str = "127.0.0.1:5000";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIGURATION: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

const INSTANCE: &str = "kind: Instance
metadata: {name: pulled}
spec: {imageId: app, instanceType: t3.nano}";

#[test]
fn an_image_is_pulled_fetched_and_started() {
    let lab = Lab::start();
    let registry = Registry::start(&lab);
    let digest = push(&lab);
    let nothing = lab.hearth(&["image", "pull", &format!("{HOST}/app:2")]);
    assert_eq!(nothing.status.code(), Some(3), "{}", said(&nothing));
    let told = lab.ok(&["image", "pull", &format!("{HOST}/app:1"), "--name", "app"]);
    assert!(told.starts_with("image/app created  ami-") && told.contains(&digest), "{told}");
    assert_eq!(lab.ok(&["image", "pull", &format!("{HOST}/app:1"), "--name", "app"]), told, "once");
    let image = lab.get("image", "app");
    assert_eq!(image["spec"]["source"], format!("{HOST}/app:1@{digest}"));
    assert_eq!(image["status"]["platforms"][0]["command"], json!(["/bin/sh", "-c", SCRIPT]));
    lab.applied(INSTANCE);
    lab.ok(&["wait", "instance", "pulled", "--for=status.state=running"]);
    // It runs from its first instruction on, and speaks a moment later.
    until("it speaks", PATIENCE, || {
        same(&lab.ok(&["logs", "pulled"]).as_str(), &"hello from a registry, as 33 in /srv\n")
    });
    // It lives in the laboratory's folder, so it would be a trace.
    drop(registry);
    assert_eq!(lab.end(), Vec::<String>::new());
}

const SCRIPT: &str =
    "busybox echo hello from $FROM, as $(busybox id -u) in $(busybox pwd); exec busybox sleep 4711";

/// Debian's registry, in the network of the laboratory.
struct Registry(Child);

impl Registry {
    fn start(lab: &Lab) -> Self {
        let folder = lab.machine.folder();
        let config = folder.join("registry.yml");
        let storage = folder.join("registry");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '{HOST}'}}\n",
            storage.display()
        );
        fs::write(&config, text).unwrap();
        let mut command = lab.machine.command("docker-registry");
        command.arg("serve").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes an image of one layer and pushes it as `app:1`; returns its digest.
fn push(lab: &Lab) -> String {
    let folder = lab.machine.folder().join("image");
    fs::create_dir_all(folder.join("root/bin")).unwrap();
    fs::copy("/bin/busybox", folder.join("root/bin/busybox")).unwrap();
    std::os::unix::fs::symlink("busybox", folder.join("root/bin/sh")).unwrap();
    let layer = folder.join("layer.tar");
    run(Command::new("tar").arg("-cf").arg(&layer).arg("-C").arg(folder.join("root")).arg("."));
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let configuration = json!({
        "architecture": architecture, "os": "linux",
        "config": { "Entrypoint": ["/bin/sh", "-c"], "Cmd": [SCRIPT], "Env": ["FROM=a registry"], "User": "33", "WorkingDir": "/srv" },
        "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
    });
    let configuration = written(&folder, "configuration.json", &configuration);
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": described(CONFIGURATION, &configuration), "layers": [described(LAYER, &layer)],
    });
    let manifest = written(&folder, "manifest.json", &manifest);
    for blob in [&configuration, &layer] {
        upload(lab, blob);
    }
    put(lab, &format!("http://{HOST}/v2/app/manifests/1"), MANIFEST, &manifest);
    digest(&manifest)
}

fn written(folder: &Path, name: &str, document: &Value) -> PathBuf {
    let path = folder.join(name);
    fs::File::create(&path).unwrap().write_all(document.to_string().as_bytes()).unwrap();
    path
}

fn described(media_type: &str, path: &Path) -> Value {
    json!({ "mediaType": media_type, "digest": digest(path), "size": fs::metadata(path).unwrap().len() })
}

fn digest(path: &Path) -> String {
    let printed = run(Command::new("sha256sum").arg(path));
    format!("sha256:{}", printed.split(' ').next().unwrap())
}

/// `curl` in the laboratory's network; the registry may still be starting.
fn curl(lab: &Lab) -> Command {
    let mut command = lab.machine.command("curl");
    command.args(["-sS", "--fail", "--retry", "20", "--retry-connrefused", "--retry-delay", "1"]);
    command
}

fn upload(lab: &Lab, blob: &Path) {
    let begin = format!("http://{HOST}/v2/app/blobs/uploads/");
    let header = run(curl(lab).args(["-X", "POST", "-D", "-", "-o", "/dev/null", "-d", "", &begin]));
    let location = header.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap().trim();
    put(lab, &format!("{location}&digest={}", digest(blob)), "application/octet-stream", blob);
}

fn put(lab: &Lab, url: &str, media_type: &str, body: &Path) {
    let header = format!("Content-Type: {media_type}");
    run(curl(lab)
        .args(["-X", "PUT", "-H", &header, "--data-binary"])
        .arg(format!("@{}", body.display()))
        .arg(url));
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}
