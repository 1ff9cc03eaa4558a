//! Commands inside simulated instances: the handful that tests of the way there and back need.

use super::SimMachine;
use super::console::no_instance;
use crate::backend::{BackendError, ExecInput, ExecOutput, ExecRequest, ExecSession, InstanceState};
use tokio::sync::mpsc;

const PIECES_WAITING: usize = 16;

impl SimMachine {
    pub(super) fn run_command(&self, id: &str, request: ExecRequest) -> Result<ExecSession, BackendError> {
        let state = self.powered()?;
        let instance = state.instances.get(id).ok_or_else(|| no_instance(id))?;
        if instance.state() != InstanceState::Running {
            return Err(BackendError::Permanent(format!("instance {id} does not run")));
        }
        let inside =
            Inside { machine: self.clone(), id: id.to_owned(), hostname: instance.hostname().to_owned() };
        let (input, inputs) = mpsc::channel(PIECES_WAITING);
        let (outputs, output) = mpsc::channel(PIECES_WAITING);
        let ended = instance.ended();
        let command = async move {
            tokio::select! { biased;
                () = outputs.closed() => {}
                () = ended => { let _ = outputs.send(ExecOutput::Exited(137)).await; }
                code = inside.run(&request.command, inputs, &outputs) => {
                    // Nobody reads any more: then nobody wants the code.
                    let _ = outputs.send(ExecOutput::Exited(code)).await;
                }
            }
        };
        self.inner.runtime.spawn("sim-exec", Box::pin(command));
        Ok(ExecSession { input, output })
    }
}

/// Where a command runs.
struct Inside {
    machine: SimMachine,
    id: String,
    hostname: String,
}

impl Inside {
    /// Returns the exit code.
    async fn run(
        &self,
        command: &[String],
        input: mpsc::Receiver<ExecInput>,
        output: &mpsc::Sender<ExecOutput>,
    ) -> i32 {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["true"] => 0,
            ["false"] => 1,
            ["hostname"] => print(output, format!("{}\n", self.hostname)).await,
            ["echo", words @ ..] => print(output, format!("{}\n", words.join(" "))).await,
            ["cat"] => copy(input, output).await,
            ["cat", path] => match self.read(path) {
                Some(bytes) => print(output, String::from_utf8_lossy(&bytes).into_owned()).await,
                None => complain(output, format!("cat: {path}: no such file\n"), 1).await,
            },
            ["sh", "-c", script] => self.shell(script, output).await,
            _ => complain(output, format!("{}: not found\n", words.first().unwrap_or(&"")), 127).await,
        }
    }

    /// `exit N`, `echo TEXT >&2` and `echo TEXT > PATH`: so that codes, stderr and files can be tried.
    async fn shell(&self, script: &str, output: &mpsc::Sender<ExecOutput>) -> i32 {
        if let Some(code) = script.strip_prefix("exit ").and_then(|code| code.trim().parse().ok()) {
            return code;
        }
        let Some(echo) = script.strip_prefix("echo ") else {
            return complain(output, "sh: only exit and echo are simulated\n".to_owned(), 2).await;
        };
        match echo.rsplit_once(" > ") {
            Some((text, path)) => self.write(path, format!("{text}\n").into_bytes()),
            None => match echo.strip_suffix(" >&2") {
                Some(text) => complain(output, format!("{text}\n"), 0).await,
                None => print(output, format!("{echo}\n")).await,
            },
        }
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.machine.lock().instances.get(&self.id)?.files.get(path).cloned()
    }

    fn write(&self, path: &str, bytes: Vec<u8>) -> i32 {
        match self.machine.lock().instances.get_mut(&self.id) {
            Some(instance) => {
                instance.files.insert(path.to_owned(), bytes);
                0
            }
            None => 1,
        }
    }
}

async fn print(output: &mpsc::Sender<ExecOutput>, text: String) -> i32 {
    // A reader that went away is no failure of the command.
    let _ = output.send(ExecOutput::Stdout(text.into_bytes())).await;
    0
}

async fn complain(output: &mpsc::Sender<ExecOutput>, text: String, code: i32) -> i32 {
    let _ = output.send(ExecOutput::Stderr(text.into_bytes())).await;
    code
}

async fn copy(mut input: mpsc::Receiver<ExecInput>, output: &mpsc::Sender<ExecOutput>) -> i32 {
    while let Some(piece) = input.recv().await {
        if let ExecInput::Stdin(bytes) = piece
            && output.send(ExecOutput::Stdout(bytes)).await.is_err()
        {
            return 141;
        }
    }
    0
}
