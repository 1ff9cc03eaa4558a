//! Which server to turn to next: shared by everybody who looks for the leader (agents, DNS servers, the command line).
//!
//! Pure: it remembers what was learned and says in which order to try; connecting, waiting and keeping on disk are the
//! caller's. The order is: who is said to lead, then the servers that answered last time in turn, then those that did
//! not. The last group is what makes a failover quick: a machine that lost its power swallows a whole connection
//! timeout, so it is asked when nobody else answers, or when somebody says that it leads.
//!
//! What readers get wrong: the given addresses are never forgotten. The servers may all have moved while this
//! program was down, and then what was kept on disk leads nowhere.

use crate::cluster::Servers;
use std::collections::BTreeSet;

/// Addresses beyond this are not taken: nobody has that many servers, and the list comes from outside.
const MOST: usize = 64;

/// What is known of the servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// By the operator.
    given: Vec<String>,
    /// By the servers themselves.
    known: Vec<String>,
    leader: Option<String>,
    /// Did not answer when they were last tried.
    silent: BTreeSet<String>,
    /// Where the round begins.
    turn: usize,
}

impl Directory {
    /// `given` by the operator, `kept` from an earlier life.
    pub fn new(given: Vec<String>, kept: Vec<String>) -> Self {
        let mut directory = Self { given, ..Self::default() };
        directory.known = cleaned(kept);
        directory
    }

    /// Whether there is nobody to turn to.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.known.is_empty()
    }

    /// Addresses in the order to try them, each once.
    pub fn order(&self) -> Vec<String> {
        let mut round = self.all();
        let start = self.turn.checked_rem(round.len()).unwrap_or(0);
        round.rotate_left(start);
        let (silent, answering): (Vec<_>, Vec<_>) =
            round.into_iter().partition(|address| self.silent.contains(address));
        let mut order: Vec<String> = self.leader.iter().cloned().collect();
        for address in answering.into_iter().chain(silent) {
            if !order.contains(&address) {
                order.push(address);
            }
        }
        order
    }

    /// Takes in what a server says; `true` when the list changed and should be kept.
    pub fn learn(&mut self, servers: &Servers) -> bool {
        self.leader = Some(servers.leader.clone()).filter(|leader| !leader.is_empty());
        let known = cleaned(servers.addresses.clone());
        if known.is_empty() || known == self.known {
            return false;
        }
        self.silent.retain(|address| known.contains(address));
        self.known = known;
        true
    }

    /// The list as the servers said it, in order; empty before they did.
    pub fn known(&self) -> &[String] {
        &self.known
    }

    /// This server answered: it is asked again, unless somebody is said to lead.
    pub fn answered(&mut self, address: &str) {
        self.silent.remove(address);
        if let Some(place) = self.place(address) {
            self.turn = place;
        }
    }

    /// This server could not be reached.
    pub fn failed(&mut self, address: &str) {
        self.silent.insert(address.to_owned());
        self.leave(address);
    }

    /// What went on with this server ended: the others are tried first.
    pub fn leave(&mut self, address: &str) {
        if self.leader.as_deref() == Some(address) {
            self.leader = None;
        }
        if let Some(place) = self.place(address) {
            self.turn = place + 1;
        }
    }

    fn place(&self, address: &str) -> Option<usize> {
        self.all().iter().position(|known| known == address)
    }

    fn all(&self) -> Vec<String> {
        let mut all = self.known.clone();
        all.extend(self.given.iter().filter(|address| !self.known.contains(address)).cloned());
        all
    }
}

/// In order and each once, so that the same servers are the same list whoever says it.
fn cleaned(addresses: Vec<String>) -> Vec<String> {
    let unique: BTreeSet<String> = addresses.into_iter().filter(|address| !address.is_empty()).collect();
    unique.into_iter().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(addresses: &[&str], leader: &str) -> Servers {
        Servers { addresses: addresses.iter().map(|&it| it.to_owned()).collect(), leader: leader.to_owned() }
    }

    fn of_three() -> Directory {
        let mut directory = Directory::new(vec!["a".to_owned()], Vec::new());
        assert!(directory.learn(&servers(&["c", "b", "a"], "")));
        directory
    }

    #[test]
    fn the_leader_comes_first_and_everybody_once() {
        let mut directory = of_three();
        assert_eq!(directory.order(), ["a", "b", "c"]);
        directory.learn(&servers(&["a", "b", "c"], "c"));
        assert_eq!(directory.order(), ["c", "a", "b"]);
    }

    #[test]
    fn a_leader_that_is_left_comes_last_and_a_silent_one_after_it() {
        let mut directory = of_three();
        directory.learn(&servers(&["a", "b", "c"], "b"));
        directory.leave("b");
        assert_eq!(directory.order(), ["c", "a", "b"]);
        directory.failed("c");
        assert_eq!(directory.order(), ["a", "b", "c"]);
        directory.failed("a");
        assert_eq!(directory.order(), ["b", "c", "a"]);
        directory.answered("c");
        assert_eq!(directory.order(), ["c", "b", "a"]);
        directory.leave("c");
        assert_eq!(directory.order(), ["b", "c", "a"]);
    }

    #[test]
    fn who_is_said_to_lead_is_tried_even_if_it_was_silent() {
        let mut directory = of_three();
        directory.failed("b");
        directory.learn(&servers(&["a", "b", "c"], "b"));
        assert_eq!(directory.order()[0], "b");
        directory.failed("b");
        assert_eq!(directory.order().last().map(String::as_str), Some("b"), "the word was wrong");
    }

    #[test]
    fn what_was_given_is_never_forgotten() {
        let mut directory = Directory::new(vec!["x".to_owned()], vec!["b".to_owned(), "a".to_owned()]);
        assert_eq!(directory.order(), ["a", "b", "x"]);
        assert!(directory.learn(&servers(&["c"], "c")));
        assert_eq!(directory.order(), ["c", "x"]);
        assert!(!directory.learn(&servers(&["c", "c", ""], "")), "the same list");
        assert!(!directory.learn(&servers(&[], "")), "nobody knows nobody");
        assert_eq!(directory.known(), ["c"]);
    }

    #[test]
    fn a_list_from_outside_is_bounded() {
        let many: Vec<String> = (0..1000).map(|number| format!("{number:04}")).collect();
        let mut directory = Directory::default();
        assert!(directory.is_empty());
        directory.learn(&Servers { addresses: many, leader: String::new() });
        assert_eq!(directory.order().len(), MOST);
    }
}
