//! The `hearth-shim` program, called.
//!
//! Everything that touches a running container goes through it: the program and a person at a shell take the same
//! way, and all system calls that need care live in one place. What the agent does itself is read the state folder.

use crate::backend::BackendError;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const NAME: &str = "hearth-shim";
/// Names the program when it does not lie beside the agent's.
const VARIABLE: &str = "HEARTH_SHIM";
/// The shim's own failures; see its help.
const SHIM_FAILED: i32 = 125;
/// Anything the shim does without being asked to wait takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the program is, and the folder of state folders it works on.
#[derive(Clone, Debug)]
pub(super) struct Shim {
    program: PathBuf,
    root: PathBuf,
}

impl Shim {
    /// `program`, else what the environment names, else the one beside this program (or one folder above: tests).
    pub(super) fn find(program: Option<&Path>, root: PathBuf) -> Result<Self, BackendError> {
        let named = program.map(Path::to_owned).or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
        let own = std::env::current_exe().unwrap_or_default();
        let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(NAME));
        let candidates: Vec<PathBuf> = named.map_or_else(|| beside.collect(), |named| vec![named]);
        match candidates.iter().find(|path| path.is_file()) {
            Some(program) => Ok(Self { program: program.clone(), root }),
            None => Err(BackendError::Retry(format!(
                "{NAME}: not at {}; build it with `cargo build -p agent-shim`, or name it in {VARIABLE}",
                candidates.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or ")
            ))),
        }
    }

    /// The folder of state folders.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Starts what `<root>/<id>/config` describes.
    pub(super) async fn start(&self, id: &str) -> Result<(), BackendError> {
        self.run("start", &[], id, PATIENCE).await
    }

    /// Gives a container without a supervisor a new one.
    pub(super) async fn adopt(&self, id: &str) -> Result<(), BackendError> {
        self.run("adopt", &[], id, PATIENCE).await
    }

    /// Ends a container: SIGTERM, after `grace_ms` SIGKILL.
    pub(super) async fn stop(&self, id: &str, grace_ms: u64) -> Result<(), BackendError> {
        let grace_ms = grace_ms.min(i32::MAX as u64);
        let patience = PATIENCE + Duration::from_millis(grace_ms);
        self.run("stop", &["--grace-ms", &grace_ms.to_string()], id, patience).await
    }

    /// Removes a container, killing what still runs of it. Before a first start there is none, and no program is called.
    pub(super) async fn remove(&self, id: &str) -> Result<(), BackendError> {
        if !self.root.join(id).exists() {
            return Ok(());
        }
        self.run("rm", &["--force"], id, PATIENCE).await
    }

    /// A call that brings a command into a container; its descriptors are the caller's to set.
    pub(super) fn exec(&self, id: &str, terminal: Option<(u32, u32)>, command: &[String]) -> Command {
        let mut call = self.call("exec");
        if let Some((rows, columns)) = terminal {
            call.arg("--terminal").arg(format!("{rows}x{columns}"));
        }
        call.arg(id).arg("--").args(command);
        call
    }

    fn call(&self, verb: &str) -> Command {
        let mut call = Command::new(&self.program);
        // Nothing of the agent's environment is an instance's business.
        call.env_clear().stdin(Stdio::null()).arg(verb).arg("--root").arg(&self.root);
        call
    }

    async fn run(
        &self,
        verb: &str,
        options: &[&str],
        id: &str,
        patience: Duration,
    ) -> Result<(), BackendError> {
        let mut call = self.call(verb);
        call.args(options).arg(id).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let ended = match tokio::time::timeout(patience, call.output()).await {
            Err(_) => {
                return Err(BackendError::Retry(format!("{id}: {NAME} {verb} took more than {patience:?}")));
            }
            Ok(ended) => ended.map_err(|error| {
                BackendError::Retry(format!("{}: cannot be run: {error}", self.program.display()))
            })?,
        };
        if ended.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.stderr);
        let text = format!("{id}: {}", said.trim().trim_start_matches("hearth-shim: "));
        match ended.status.code() {
            // Above: the image's first process cannot be executed, today or tomorrow.
            Some(code) if code > SHIM_FAILED => Err(BackendError::Permanent(text)),
            _ => Err(BackendError::Retry(text)),
        }
    }
}
