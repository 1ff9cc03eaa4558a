//! What README.md tells an operator to do about servers, done: each of its lines, in its order, on machines of their own.

use crate::lab::{Fabric, Lab};
use tests::machine::said;

/// Machines that README.md speaks of.
const MACHINES: u64 = 5;

/// Somebody who follows the instructions.
struct Operator {
    lab: Lab,
    /// The machine he sits at.
    at: u64,
    token: String,
}

#[test]
fn readme_commands_found_repair_and_recover_a_cluster() {
    let readme = std::fs::read_to_string(tests::checkout().join("README.md")).unwrap();
    let lines = instructions(&readme);
    for word in ["--bootstrap", "--join", "server remove", "server recover"] {
        assert!(lines.iter().any(|line| line.contains(word)), "README.md does not speak of {word}");
    }
    let mut operator = Operator { lab: Lab::with_spares(0, MACHINES, |_| {}), at: 0, token: String::new() };
    lines.iter().for_each(|line| operator.follow(line));
    assert_eq!(operator.lab.running(), [3, 5]);
}

/// The lines of every block marked `cluster`.
fn instructions(readme: &str) -> Vec<String> {
    let blocks = readme.split("```sh cluster\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

impl Operator {
    fn follow(&mut self, line: &str) {
        match line.strip_prefix("# ") {
            Some(place) => self.go(place),
            None => self.command(line),
        }
    }

    /// `on 10.0.0.N`, `on 10.0.0.N, with the server stopped`, or `10.0.0.N dies`.
    fn go(&mut self, place: &str) {
        let number = place.split("10.0.0.").nth(1).and_then(|rest| rest.get(..1)?.parse().ok());
        let number: u64 = number.unwrap_or_else(|| panic!("where is {place:?}?"));
        if place.ends_with(" dies") {
            return self.lab.server(number).kill();
        }
        assert!(place.starts_with("on "), "what does {place:?} mean?");
        self.at = number;
        if place.ends_with("with the server stopped") {
            // Alone it cannot hand over, and need not.
            self.lab.server(number).kill();
        }
    }

    fn command(&mut self, line: &str) {
        let words = line.split_whitespace().skip(1).map(|word| self.concretely(word));
        let words: Vec<String> = words.collect();
        match words.as_slice() {
            [server, flags @ ..] if server == "server" && flags[0].starts_with("--") => self.start(flags),
            _ => {
                let output = self.lab.server(self.at).machine.hearth().args(&words).output().unwrap();
                assert!(output.status.success(), "{line}: {}", said(&output));
                if words[0] == "token" {
                    self.token = String::from_utf8(output.stdout).unwrap().trim().to_owned();
                }
            }
        }
    }

    fn start(&mut self, flags: &[String]) {
        self.lab.server(self.at).start("server", flags);
        self.lab.server(self.at).until_ready();
        self.lab.until_voter(self.at);
    }

    /// The same word for these machines.
    fn concretely(&self, word: &str) -> String {
        let addresses = (1..=MACHINES).map(|number| (format!("10.0.0.{number}"), Fabric::address(number)));
        let word = addresses.fold(word.to_owned(), |word, (written, real)| word.replace(&written, &real));
        word.replace("TOKEN", &self.token)
    }
}
