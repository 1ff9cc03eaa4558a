//! Real containers on the real kernel. Root and `hearth-shim` are needed; without them every test fails and says so.

mod confinement;
mod images;
mod life;
mod measures;
mod streams;

use super::*;
use crate::backend::ExecOutput;
use crate::testing::OnTokio;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// An agent's containers in folders and control groups of their own, with the built-in image and a network namespace.
struct Host {
    folder: TempDir,
    name: String,
    containers: Containers,
}

impl Host {
    async fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let folder = tempfile::tempdir().unwrap();
        let name = format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let containers = Containers::open(config(folder.path(), &name), Arc::new(OnTokio)).await.unwrap();
        containers.images().add(&web(), None).await.unwrap();
        let netns = folder.path().join("netns");
        fs::write(&netns, "").unwrap();
        run_on_host("unshare", &[&format!("--net={}", netns.display()), "ip", "link", "set", "lo", "up"]);
        Self { folder, name, containers }
    }

    /// The agent is killed and another one comes.
    async fn replace_agent(&mut self) {
        // Dropping ends its tasks, like the death of a process.
        let config = config(self.folder.path(), &self.name);
        self.containers.0.watches.end();
        self.containers = Containers::open(config, Arc::new(OnTokio)).await.unwrap();
    }

    fn request(&self, id: &str, command: &[&str]) -> StartRequest {
        let instance = proto::Instance {
            id: id.into(),
            run: 1,
            vcpus: 1,
            memory_mib: 64,
            hostname: format!("host-{id}"),
            ..proto::Instance::default()
        };
        let command = command.iter().map(ToString::to_string).collect();
        StartRequest {
            instance,
            image: proto::Image { command, ..web() },
            netns: self.folder.path().join("netns"),
        }
    }

    /// Starts a shell script as first process.
    async fn start_script(&self, id: &str, script: &str) {
        self.containers.start(self.request(id, &["sh", "-c", script])).await.unwrap();
    }

    fn observe(&self, id: &str) -> Option<ObservedInstance> {
        self.containers.instances().unwrap().into_iter().find(|it| it.id == id)
    }

    async fn until_ended(&self, id: &str) -> InstanceState {
        until("the end of the first process", || {
            self.observe(id).map(|it| it.state).filter(|state| *state != InstanceState::Running)
        })
        .await
    }

    /// A number from the state folder's `process` file.
    fn recorded(&self, id: &str, key: &str) -> i32 {
        let path = self.folder.path().join("run/instances").join(id).join("process");
        Record::read(&path).unwrap().unwrap().number(key).unwrap()
    }

    /// Everything printed so far.
    async fn console(&self, id: &str) -> String {
        let mut chunks = self.containers.console(id, 0, false).unwrap();
        let mut all = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            all.extend(chunk);
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Waits until this is among what was printed; returns all of it.
    async fn until_printed(&self, id: &str, text: &str) -> String {
        let limit = Instant::now() + Duration::from_secs(30);
        loop {
            let all = self.console(id).await;
            if all.contains(text) {
                return all;
            }
            assert!(Instant::now() < limit, "never printed: {text}; but {all}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Runs a script inside to its end: what it printed (both ways), and its exit code.
    async fn inside(&self, id: &str, script: &str) -> (String, i32) {
        let command = vec!["sh".into(), "-c".into(), script.into()];
        let session = self.containers.exec(id, ExecRequest { command, terminal: None }).unwrap();
        drop(session.input);
        collect(session.output).await
    }

    fn group(&self, tree: &str, id: &str) -> PathBuf {
        Path::new("/sys/fs/cgroup").join(tree).join("hearth").join(&self.name).join(id)
    }
}

/// Whatever a failed test leaves is removed: a machine full of old containers makes the next failure hard to read.
impl Drop for Host {
    fn drop(&mut self) {
        let states = self.folder.path().join("run/instances");
        let shim = Shim::find(None, states.clone()).unwrap();
        for entry in fs::read_dir(&states).into_iter().flatten().flatten() {
            let id = entry.file_name();
            let call = shim.exec("none", None, &[]);
            let program = call.as_std().get_program().to_owned();
            let _ = Command::new(program).args(["rm", "--force", "--root"]).arg(&states).arg(id).status();
        }
        let _ = Command::new("umount").arg(self.folder.path().join("netns")).status();
        for group in purge::groups(Path::new("/sys/fs/cgroup"), &format!("hearth/{}", self.name)) {
            let _ = fs::remove_dir(group);
        }
    }
}

fn config(folder: &Path, name: &str) -> ContainersConfig {
    ContainersConfig::new(folder.join("data"), folder.join("run"), name)
}

fn web() -> proto::Image {
    proto::Image {
        id: "ami-1".into(),
        digest: "sha256:0b".into(),
        source: "builtin:web".into(),
        ..Default::default()
    }
}

fn run_on_host(program: &str, arguments: &[&str]) {
    let ended = Command::new(program).args(arguments).output().unwrap();
    assert!(ended.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

fn kill(pid: i32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
}

async fn collect(mut output: mpsc::Receiver<ExecOutput>) -> (String, i32) {
    let mut printed = Vec::new();
    loop {
        match output.recv().await.expect("an exit code before the end") {
            ExecOutput::Stdout(bytes) | ExecOutput::Stderr(bytes) => printed.extend(bytes),
            ExecOutput::Exited(code) => return (String::from_utf8_lossy(&printed).into_owned(), code),
        }
    }
}

/// Looks until something is found; half a minute is an age.
async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < limit, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
