//! A container from start to exit, each way in turn; and what a supervisor keeps while its container sleeps.

use crate::Failure;
use crate::bundle::Bundle;
use crate::usage;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tests_benches_instruments::{Memory, Times, program};

/// Containers started at the same time for the rate.
const AT_ONCE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Kernel,
    Shim,
    Runc,
    Podman,
}

impl Way {
    const ALL: [Self; 4] = [Self::Kernel, Self::Shim, Self::Runc, Self::Podman];

    fn name(self) -> &'static str {
        match self {
            Self::Kernel => "namespaces + chroot",
            Self::Shim => "hearth-shim run --rm",
            Self::Runc => "runc run",
            Self::Podman => "podman run --rm",
        }
    }

    /// podman takes half a second each time.
    fn rounds(self, rounds: usize) -> usize {
        if self == Self::Podman { rounds.div_ceil(10) } else { rounds }
    }
}

struct Field {
    bundle: Bundle,
    folder: tempfile::TempDir,
    own: PathBuf,
    shim: PathBuf,
}

impl Field {
    fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let bundle = Bundle::make(folder.path().join("bundle"))?;
        Ok(Self { bundle, folder, own: std::env::current_exe()?, shim: program("hearth-shim")? })
    }

    fn command(&self, way: Way, id: &str) -> Command {
        let root = self.bundle.root();
        let mut command;
        match way {
            Way::Kernel => {
                command = Command::new(&self.own);
                command.arg("floor").arg(root);
            }
            Way::Shim => {
                command = self.shim("run");
                command.args(["--rm", "--id", id, "--rootfs"]).arg(root).arg("/bin/true");
            }
            Way::Runc => {
                command = Command::new("runc");
                command.arg("run").arg("--bundle").arg(self.bundle.folder()).arg(id);
            }
            Way::Podman => {
                command = Command::new("podman");
                // Its own limits are higher than root may set everywhere.
                command.args(["--runtime", "runc", "run", "--rm", "--network", "none"]);
                command.args(["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--rootfs"]);
                command.arg(root).arg("/bin/true");
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    fn shim(&self, verb: &str) -> Command {
        let mut command = Command::new(&self.shim);
        command.arg(verb).arg("--root").arg(self.folder.path().join("shim"));
        command
    }

    fn time(&self, way: Way, id: &str) -> Result<Duration, Failure> {
        let mut command = self.command(way, id);
        let began = Instant::now();
        let output = command.output()?;
        let took = began.elapsed();
        match output.status.success() {
            true => Ok(took),
            false => Err(format!("{}: {}", way.name(), String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    /// Containers a second with several on their way at once.
    fn rate(&self, way: Way, rounds: usize) -> Result<f64, Failure> {
        let began = Instant::now();
        let lane = |lane: usize| {
            let each = rounds.div_ceil(AT_ONCE);
            (0..each).try_for_each(|round| {
                self.time(way, &format!("rate-{lane}-{round}")).map(drop).map_err(|error| error.to_string())
            })
        };
        let done: Result<Vec<()>, String> = std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..AT_ONCE).map(|number| scope.spawn(move || lane(number))).collect();
            lanes
                .into_iter()
                .map(|lane| lane.join().unwrap_or_else(|_| Err("a lane broke off".into())))
                .collect()
        });
        done?;
        Ok((rounds.div_ceil(AT_ONCE) * AT_ONCE) as f64 / began.elapsed().as_secs_f64())
    }

    /// KiB that only the supervisor of a sleeping container has. There are two, so that the program's own pages, which all
    /// supervisors of a machine share, are seen to be shared.
    fn supervisor_kib(&self) -> Result<f64, Failure> {
        let sleepers = ["sleeper-1", "sleeper-2"];
        for id in sleepers {
            let mut run = self.shim("run");
            run.args(["--detach", "--id", id, "--rootfs"])
                .arg(self.bundle.root())
                .args(["/bin/sleep", "1000"]);
            if !run.stdin(Stdio::null()).stdout(Stdio::null()).status()?.success() {
                return Err("the sleeping container does not start".into());
            }
        }
        let state = self.folder.path().join("shim").display().to_string();
        let kib = usage::process_named(&state).and_then(Memory::of).map(|memory| memory.private());
        for id in sleepers {
            self.shim("rm").args(["--force", id]).status()?;
        }
        kib
    }
}

/// Prints all of it.
pub(crate) fn measure(rounds: usize) -> Result<(), Failure> {
    let field = Field::new()?;
    let mut times: [Times; 4] = Default::default();
    for round in 0..rounds {
        for (way, times) in Way::ALL.into_iter().zip(&mut times) {
            if round < way.rounds(rounds) {
                times.add(field.time(way, &format!("one-{round}"))?);
            }
        }
    }
    println!("/bin/true, from start to exit");
    for (way, of_way) in Way::ALL.into_iter().zip(&times) {
        let rate = field.rate(way, way.rounds(rounds))?;
        println!("  {:<22} {of_way}; {rate:6.1}/s with {AT_ONCE} at once", way.name());
    }
    let [kernel, shim, runc, podman] = &times;
    println!(
        "  hearth-shim takes {:.2} x the kernel's time; runc {:.1} x and podman {:.1} x that of hearth-shim",
        shim.over(kernel),
        runc.over(shim),
        podman.over(shim)
    );
    println!("  an idle supervisor has {:.0} KiB of its own", field.supervisor_kib()?);
    Ok(())
}
