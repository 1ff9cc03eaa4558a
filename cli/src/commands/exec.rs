use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::{ExecInput, ExecResize, ExecStart, exec_input};
use nix::sys::termios::{self, SetArg, Termios};
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Run a command inside an instance
///
/// Example: hearth exec -it i-0123456789abcdef0 -- sh
#[derive(Args, Debug)]
pub(crate) struct Exec {
    /// Name or id of the instance
    #[arg(add = ArgValueCompleter::new(complete::instances))]
    instance: String,
    /// Pass standard input on
    #[arg(short, long)]
    interactive: bool,
    /// Give the command a terminal
    #[arg(short, long)]
    tty: bool,
    /// Program and arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Exec {
    /// The exit code is the command's.
    pub(crate) async fn run(self, target: &Target) -> Result<ExitCode, CliError> {
        let (sender, receiver) = mpsc::channel(64);
        let start = ExecStart {
            instance: self.instance,
            command: self.command,
            tty: self.tty,
            size: self.tty.then(terminal_size),
        };
        // The channel is new and has room.
        let _ = sender.send(ExecInput { input: Some(exec_input::Input::Start(start)) }).await;
        let mut outputs = target.connect().await?.exec(ReceiverStream::new(receiver)).await?.into_inner();
        let _raw = (self.tty && std::io::stdin().is_terminal()).then(RawTerminal::enter).transpose()?;
        if self.interactive {
            tokio::spawn(pump_stdin(sender));
        } else {
            let _ = sender.send(ExecInput { input: Some(exec_input::Input::CloseStdin(true)) }).await;
        }
        while let Some(output) = outputs.message().await? {
            std::io::stdout().write_all(&output.stdout)?;
            std::io::stdout().flush()?;
            std::io::stderr().write_all(&output.stderr)?;
            if output.exited {
                return Ok(ExitCode::from(u8::try_from(output.exit_code).unwrap_or(1)));
            }
        }
        Ok(ExitCode::FAILURE)
    }
}

async fn pump_stdin(sender: mpsc::Sender<ExecInput>) {
    let mut stdin = tokio::io::stdin();
    let mut buffer = vec![0; 4096];
    loop {
        let input = match stdin.read(&mut buffer).await {
            Ok(0) | Err(_) => exec_input::Input::CloseStdin(true),
            Ok(count) => exec_input::Input::Stdin(buffer[..count].to_vec()),
        };
        let last = matches!(input, exec_input::Input::CloseStdin(_));
        if sender.send(ExecInput { input: Some(input) }).await.is_err() || last {
            return;
        }
    }
}

fn terminal_size() -> ExecResize {
    let number = |name: &str, otherwise| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    ExecResize { rows: number("LINES", 24), columns: number("COLUMNS", 80) }
}

/// The terminal as the command wants it, until dropped.
struct RawTerminal(Termios);

impl RawTerminal {
    fn enter() -> Result<Self, CliError> {
        let stdin = std::io::stdin();
        let before = termios::tcgetattr(stdin.as_fd()).map_err(std::io::Error::from)?;
        let mut raw = before.clone();
        termios::cfmakeraw(&mut raw);
        termios::tcsetattr(stdin.as_fd(), SetArg::TCSANOW, &raw).map_err(std::io::Error::from)?;
        Ok(Self(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        // The terminal may be gone by now.
        let _ = termios::tcsetattr(std::io::stdin().as_fd(), SetArg::TCSANOW, &self.0);
    }
}
