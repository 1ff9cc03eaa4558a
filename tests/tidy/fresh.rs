//! `.ci/fresh`: a file may only look old when what was built of it is what it holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// A repository with one file, its clones, and the target folder all of them build into.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        let origin = machine.path("origin");
        fs::create_dir_all(origin.join(".ci")).unwrap();
        let script = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../.ci/fresh");
        fs::copy(script, origin.join(".ci/fresh")).unwrap();
        run(&origin, "git", &["init", "--quiet"]);
        machine.commit("one");
        machine
    }

    /// One that has built the first clone, and how old the file was there.
    fn built() -> (Self, SystemTime) {
        let machine = Self::new();
        let first = machine.clone("first");
        let age = aged(&first);
        machine.build(&first);
        (machine, age)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn commit(&self, words: &str) {
        let origin = self.path("origin");
        fs::write(origin.join("file"), words).unwrap();
        run(&origin, "git", &["add", "--all"]);
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        run(&origin, "git", &[&who[..], &["commit", "--quiet", "--message", words]].concat());
    }

    fn clone(&self, name: &str) -> PathBuf {
        run(self.folder.path(), "git", &["clone", "--quiet", "origin", name]);
        self.path(name)
    }

    /// Builds in `clone` as a run of continuous integration does; says how old the file looked to the compiler.
    fn build(&self, clone: &Path) -> SystemTime {
        self.fresh(clone, "before");
        let age = fs::metadata(clone.join("file")).unwrap().modified().unwrap();
        self.compile();
        self.fresh(clone, "after");
        age
    }

    fn fresh(&self, clone: &Path, when: &str) {
        let mut command = Command::new(clone.join(".ci/fresh"));
        let status = command.arg(when).env("CARGO_TARGET_DIR", self.path("target")).status().unwrap();
        assert!(status.success());
    }

    /// What cargo leaves behind when it built something.
    fn compile(&self) {
        let prints = self.path("target/debug/.fingerprint");
        fs::create_dir_all(&prints).unwrap();
        fs::write(prints.join(format!("{:?}", SystemTime::now())), "").unwrap();
    }
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    assert!(Command::new(program).args(arguments).current_dir(folder).status().unwrap().success());
}

/// Gives every file in `clone` an age that no later clone's can be taken for.
fn aged(clone: &Path) -> SystemTime {
    let age = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().append(true).open(clone.join("file")).unwrap().set_modified(age).unwrap();
    age
}

#[test]
fn what_was_built_is_as_old_as_it_was() {
    let (machine, age) = Machine::built();
    assert_eq!(machine.build(&machine.clone("second")), age);
    assert_eq!(machine.build(&machine.clone("third")), age, "noted anew by the second");
}

#[test]
fn what_changed_is_new() {
    let (machine, age) = Machine::built();
    machine.commit("two");
    assert_ne!(machine.build(&machine.clone("second")), age);
}

#[test]
fn nothing_is_old_after_somebody_else_built() {
    let (machine, age) = Machine::built();
    std::thread::sleep(Duration::from_millis(20));
    machine.compile();
    assert_ne!(machine.build(&machine.clone("second")), age);
}

#[test]
fn nothing_is_old_after_a_build_of_what_was_not_committed() {
    let (machine, age) = Machine::built();
    let changed = machine.clone("changed");
    fs::write(changed.join("file"), "not committed").unwrap();
    machine.build(&changed);
    assert_ne!(machine.build(&machine.clone("second")), age);
}
