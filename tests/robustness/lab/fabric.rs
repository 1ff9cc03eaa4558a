//! The network between the machines: a router with a wire to each of them, and a set of pairs it does not carry.
//!
//! Routed, not bridged: every packet from one machine to another passes one `forward` chain, so that a partition is an
//! element of one set, one way or both, and nothing on the machines themselves knows of it. Cutting drops packets
//! without a word, as a dead cable does; a connection that was there learns of it only by silence.

use std::process::Command;
use tests::machine::{Machine, done};

/// The set of pairs, source and destination, that are cut.
const RULES: &str = "table inet lab {
  set cut { type ipv4_addr . ipv4_addr; }
  chain forward { type filter hook forward priority 0; ip saddr . ip daddr @cut drop; }
}";

/// The router.
pub(crate) struct Fabric(Machine);

impl Fabric {
    pub(super) fn new() -> Self {
        let fabric = Self(Machine::new('r'));
        let forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
        done(fabric.0.command("sh").args(["-c", forward])).unwrap();
        done(fabric.0.command("nft").arg(RULES)).unwrap();
        fabric
    }

    /// Where the machine on wire `number` is.
    pub(crate) fn address(number: u64) -> String {
        format!("10.80.{number}.2")
    }

    /// Lays wire `number` to `machine`.
    pub(super) fn plug(&self, number: u64, machine: &Machine) {
        let (near, far) = (format!("w{number}"), format!("10.80.{number}.1"));
        let peer = ["peer", "name", "eth0", "netns", &machine.namespace()];
        done(self.0.command("ip").args(["link", "add", &near, "type", "veth"]).args(peer)).unwrap();
        raise(&self.0, &near, &far);
        raise(machine, "eth0", &Self::address(number));
        done(machine.command("ip").args(["route", "add", "default", "via", &far])).unwrap();
    }

    /// Nothing more goes from one machine to another; the way back stays.
    pub(crate) fn cut_one_way(&self, from: u64, to: u64) {
        let pair = format!("{{ {} . {} }}", Self::address(from), Self::address(to));
        self.nft(&["add", "element", "inet", "lab", "cut", &pair]);
    }

    /// Nothing more goes between a machine and others.
    pub(crate) fn cut(&self, one: u64, others: &[u64]) {
        for other in others {
            self.cut_one_way(one, *other);
            self.cut_one_way(*other, one);
        }
    }

    /// Everything goes everywhere again.
    pub(crate) fn heal(&self) {
        self.nft(&["flush", "set", "inet", "lab", "cut"]);
    }

    fn nft(&self, arguments: &[&str]) {
        done(self.0.command("nft").args(arguments)).unwrap();
    }
}

fn raise(machine: &Machine, link: &str, address: &str) {
    let ip = |arguments: &[&str]| done(machine.command("ip").args(arguments)).unwrap();
    ip(&["address", "add", &format!("{address}/24"), "dev", link]);
    ip(&["link", "set", link, "up"]);
}

/// Whether this machine can do what a laboratory needs; said once and clearly instead of by the first failure.
pub(super) fn require_tools() {
    for tool in ["ip", "nft", "nsenter", "mount"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap();
        assert!(found.status.success(), "{tool} is missing");
    }
}
