//! The contract battery on this machine's kernel: real containers, real namespaces. Needs root and `hearth-shim`
//! beside the test program, and fails without.

mod whole_agent;

use super::network::netns;
use super::*;
use crate::backend::battery::{self, Machine, Step};
use crate::testing::{OnTokio, block_on_tokio};
use controlplane_types::Runtime;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A machine of its own: folders, control groups and a network namespace that plays the host.
pub(super) struct OnLinux {
    pub(super) backend: LinuxBackend,
    pub(super) config: LinuxConfig,
    host: PathBuf,
    folder: TempDir,
}

impl OnLinux {
    pub(super) async fn new() -> Self {
        static MACHINES: AtomicU32 = AtomicU32::new(0);
        let number = MACHINES.fetch_add(1, Ordering::Relaxed);
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().join("host");
        netns::create(&host).expect("these tests need root");
        let (data, run) = (folder.path().join("data"), folder.path().join("run"));
        let mut config = LinuxConfig::new(data, run, "lab");
        config.network.host_netns = Some(host.clone());
        config.containers.cgroup_parent = format!("hearth-test/{}-{number}", std::process::id());
        let backend = LinuxBackend::open(config.clone(), Arc::new(OnTokio)).await.unwrap();
        Self { backend, config, host, folder }
    }

    fn run_folder(&self) -> &Path {
        &self.config.containers.run
    }

    /// Everything that has a file below this machine's folders in its command line: shims and who waits for them.
    fn processes(&self) -> Vec<Pid> {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let mine = |entry: fs::DirEntry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let command = fs::read(entry.path().join("cmdline")).ok()?;
            String::from_utf8_lossy(&command).contains(&folder).then(|| Pid::from_raw(pid))
        };
        fs::read_dir("/proc").unwrap().filter_map(|entry| mine(entry.ok()?)).collect()
    }

    fn first_process(&self, id: &str) -> Option<Pid> {
        let file = fs::read_to_string(self.run_folder().join("instances").join(id).join("process")).ok()?;
        let pid = file.split_terminator('\0').find_map(|field| field.strip_prefix("pid="))?;
        Some(Pid::from_raw(pid.parse().ok()?))
    }

    /// As a power cut: shims first, so that none of them can write down how its container ended.
    fn kill_everything(&self) {
        let states = fs::read_dir(self.run_folder().join("instances")).unwrap();
        let ids = states.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let first: Vec<Pid> = ids.filter_map(|id| self.first_process(&id)).collect();
        self.processes().into_iter().chain(first.clone()).for_each(send_kill);
        until("everything is dead", || self.processes().is_empty() && first.iter().all(|pid| is_gone(*pid)));
    }
}

fn send_kill(pid: Pid) {
    // It may have ended by itself.
    let _ = kill(pid, Signal::SIGKILL);
}

fn is_gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.map_or(true, |stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < limit, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

impl Machine for OnLinux {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.backend.clone())
    }

    fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::new(OnTokio)
    }

    fn image(&self) -> proto::Image {
        let (source, digest) = ("builtin:web".to_owned(), format!("sha256:{}", "1".repeat(64)));
        proto::Image { id: "ami-00000001".into(), source, digest, ..proto::Image::default() }
    }

    fn kill_process(&mut self, id: &str) {
        send_kill(self.first_process(id).expect("a first process"));
    }

    fn replace_agent(&mut self) -> Step<'_> {
        Box::pin(async {
            self.backend = LinuxBackend::open(self.config.clone(), Arc::new(OnTokio)).await.unwrap()
        })
    }

    fn reboot(&mut self) -> Step<'_> {
        Box::pin(async {
            self.kill_everything();
            let network = self.backend.network.clone();
            off_the_loop(move || network.purge()).await.unwrap().unwrap();
            netns::remove(&self.host).unwrap();
            netns::create(&self.host).unwrap();
            fs::remove_dir_all(self.run_folder()).unwrap();
            self.replace_agent().await;
        })
    }
}

impl Drop for OnLinux {
    fn drop(&mut self) {
        let backend = self.backend.clone();
        // A drop inside an async test cannot wait on that runtime.
        let purged = thread::spawn(move || block_on_tokio(backend.purge())).join();
        let removed = netns::remove(&self.host);
        if !thread::panicking() {
            purged.expect("purging does not panic").expect("nothing is left");
            removed.unwrap();
            assert!(self.processes().is_empty(), "processes are left");
            assert!(!self.run_folder().exists(), "the run folder is left");
        }
    }
}

fn run(case: impl for<'a> FnOnce(&'a mut dyn Machine) -> Step<'a>) {
    block_on_tokio(async { case(&mut OnLinux::new().await).await });
}

battery::cases!(run);
