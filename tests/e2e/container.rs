//! The container image of Hearth itself: built from the built programs without any network, and started.
//!
//! By buildah and its chroot isolation: it needs no container runtime, whose limits this machine may not let be raised.

use std::path::Path;
use std::process::Command;

const NAME: &str = "localhost/hearth-under-test";

/// Storage of its own, below `folder`.
fn storage(folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    ["--root", &path("storage"), "--runroot", &path("run"), "--storage-driver", "vfs"]
        .map(str::to_owned)
        .into()
}

fn done(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; `make setup` installs buildah"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text.trim().to_owned()
}

#[test]
fn the_image_is_built_offline_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path());
    let hearth = tests::program("hearth");
    tests::program("hearth-shim");
    let build = tests::checkout().join("manifests/container/build");
    // Without any network: whoever wanted to pull would fail.
    done(
        Command::new("unshare")
            .arg("--net")
            .arg(build)
            .arg(hearth.parent().unwrap())
            .arg(NAME)
            .args(&storage),
    );
    let buildah = || {
        let mut command = Command::new("buildah");
        command.args(&storage);
        command
    };
    let container = done(buildah().args(["from", "--pull-never", NAME]));
    let run =
        |words: &[&str]| done(buildah().args(["run", "--isolation", "chroot", &container, "--"]).args(words));
    assert_eq!(run(&["hearth", "version", "--client"]), format!("client: {}", env!("CARGO_PKG_VERSION")));
    assert!(run(&["ls", "-ldn", "/var/lib/hearth"]).contains(" 65532 "), "the server's user owns its folder");
    let entrypoint =
        done(buildah().args(["inspect", "--type", "image", "--format", "{{.OCIv1.Config}}", NAME]));
    assert!(entrypoint.contains("/usr/bin/hearth") && entrypoint.contains("65532:65532"), "{entrypoint}");
    done(buildah().args(["rm", &container]));
    done(buildah().args(["rmi", NAME]));
}
