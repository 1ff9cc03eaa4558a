use crate::complete::VARIABLE;
use crate::error::CliError;
use crate::output;
use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Zsh};

/// Print what makes a shell complete commands, kinds and names
///
/// Example: source <(hearth completion bash)
#[derive(Args, Debug)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Zsh,
}

impl Completion {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let shell: &dyn EnvCompleter = match self.shell {
            Shell::Bash => &Bash,
            Shell::Elvish => &Elvish,
            Shell::Fish => &Fish,
            Shell::Zsh => &Zsh,
        };
        let mut script = Vec::new();
        shell.write_registration(VARIABLE, "hearth", "hearth", "hearth", &mut script)?;
        output::write(&String::from_utf8_lossy(&script))
    }
}
