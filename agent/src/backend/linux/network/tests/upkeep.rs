//! Restart, drift, small changes, and the end.

use super::super::plan::Change;
use super::super::{Config, Network, Outside};
use super::lab::Lab;
use super::wanted::{Wanted, allow_in, cidr, everything_out, members_of, small_vpc};
use controlplane_proto::agent::route::Target;

const VPC: &str = "vpc-1";

fn web_and_clients() -> Wanted {
    let mut wanted = small_vpc(VPC);
    wanted.route(&format!("subnet-{VPC}"), "0.0.0.0/0", Target::InternetGateway, "");
    wanted.route(&format!("subnet-{VPC}"), "::/0", Target::InternetGateway, "");
    wanted.route(&format!("subnet-{VPC}"), "192.168.0.0/16", Target::Blackhole, "");
    wanted.group("sg-clients", VPC, vec![everything_out()]);
    wanted.group("sg-web", VPC, vec![allow_in("tcp", 80, members_of("sg-clients"))]);
    wanted.instance("web", VPC, &["10.0.1.4", "fd00:10::4"], &["sg-web"]);
    wanted.instance("client", VPC, &["10.0.1.5"], &["sg-clients"]);
    wanted.public("web", "10.0.1.4", "198.18.7.10");
    wanted
}

/// The lines of the only step, which has to be a transaction.
fn transaction(lab: &Lab, wanted: &Wanted) -> Vec<String> {
    let steps = lab.steps(wanted);
    let [step] = steps.as_slice() else { panic!("more than filters: {steps:?}") };
    let Change::Filter(transaction) = &step.change else { panic!("no transaction: {step:?}") };
    transaction.lines().to_vec()
}

#[test]
fn a_second_agent_finds_nothing_to_do() {
    let mut lab = Lab::new();
    let wanted = web_and_clients();
    assert!(!lab.steps(&wanted).is_empty());
    lab.apply(&wanted);
    lab.restart();
    assert_eq!(lab.steps(&wanted), []);
    lab.apply(&wanted);
}

#[test]
fn an_agent_that_died_anywhere_is_taken_up() {
    let wanted = web_and_clients();
    let count = { Lab::new().steps(&wanted).len() };
    for done in (0..count).step_by(7) {
        let lab = Lab::new();
        let mut steps = lab.steps(&wanted);
        steps.truncate(done);
        lab.carry_out(&wanted, steps);
        lab.apply(&wanted);
        let _server = lab.instance("web").listen("0.0.0.0:80");
        assert!(lab.instance("client").reaches("10.0.1.4:80"), "after {done} of {count} steps");
    }
}

#[test]
fn a_rule_changes_elements_only() {
    let lab = Lab::new();
    let mut wanted = web_and_clients();
    lab.apply(&wanted);
    wanted.rules("sg-web").push(allow_in("tcp", 8080, cidr("10.0.1.0/24")));
    assert_eq!(
        transaction(&lab, &wanted),
        ["add element inet hearth in-ports4-sg-web { 6 . 8080 . 10.0.1.0/24 }"]
    );
}

#[test]
fn a_member_changes_elements_only() {
    let lab = Lab::new();
    let mut wanted = web_and_clients();
    lab.apply(&wanted);
    let group = wanted.0.security_groups.get_mut("sg-clients").unwrap();
    group.member_addresses.push("10.0.77.9".into());
    assert_eq!(
        transaction(&lab, &wanted),
        ["add element inet hearth in-ports4-sg-web { 6 . 80 . 10.0.77.9 }"]
    );
}

#[test]
fn damage_is_repaired() {
    let damages = [
        "ip link del $(ip -o link | grep -o 'e-[0-9a-f]*' | head -1)",
        "ip link set $(ip -o link | grep -o 'e-[0-9a-f]*' | head -1) down",
        "nft flush ruleset",
        "nft delete table netdev hearth",
        "nft flush chain inet hearth egress",
        "nft flush map inet hearth ingress",
        "nft flush set inet hearth in-ports4-sg-web",
        "nft insert rule inet hearth ingress accept",
        "nft add element netdev hearth unchecked '{ lo . 02:00:00:00:00:99 }'",
        "ip route flush table all proto 72",
        "ip rule del priority 1000",
        "ip neigh del 10.0.1.4 dev $(ip -o route get 10.0.1.4 | grep -o 'e-[0-9a-f]*')",
        "ip addr del 169.254.169.254/32 dev lo",
        "ip link del dev up",
        "sysctl -qw net.ipv4.ip_forward=0",
        "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=1",
    ];
    let lab = Lab::new();
    let wanted = web_and_clients();
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("0.0.0.0:80");
    for damage in damages {
        lab.vpc(VPC).sh(damage);
        assert_ne!(lab.steps(&wanted), [], "unseen: {damage}");
        lab.apply(&wanted);
        assert!(lab.instance("client").reaches("10.0.1.4:80"), "after {damage}");
        assert!(!lab.host().reaches("198.18.7.10:80"), "after {damage}");
    }
}

#[test]
fn a_link_made_anew_is_filtered_from_its_first_packet() {
    let lab = Lab::new();
    let wanted = web_and_clients();
    lab.apply(&wanted);
    lab.vpc(VPC)
        .sh("for link in $(ip -o link | grep -o 'e-[0-9a-f]*' | sort -u); do ip link del $link; done");
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("0.0.0.0:80");
    let client = lab.instance("client");
    assert!(client.reaches("10.0.1.4:80"));
    client.sh("ip addr add 10.0.1.77/32 dev eth0 && ip route replace default via 10.0.1.1 dev eth0 onlink src 10.0.1.77");
    assert!(!client.reaches("10.0.1.4:80"));
}

#[test]
fn a_namespace_that_was_lost_comes_back() {
    let lab = Lab::new();
    let wanted = web_and_clients();
    lab.apply(&wanted);
    lab.network.metadata_listeners();
    lab.host().sh(&format!("umount {0} && rm {0}", lab.vpc(VPC).path().display()));
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("0.0.0.0:80");
    assert!(lab.instance("client").reaches("10.0.1.4:80"));
    assert_eq!(lab.network.metadata_listeners().len(), 1, "the new namespace has a door of its own");
}

#[test]
fn an_interface_moves_to_another_instance() {
    let lab = Lab::new();
    let mut wanted = web_and_clients();
    lab.apply(&wanted);
    wanted.interface("web").instance_id = "i-next".into();
    lab.apply(&wanted);
    let _server = lab.instance("next").listen("10.0.1.4:80");
    assert!(lab.instance("client").reaches("10.0.1.4:80"));
    assert!(!lab.instance("web").path().exists());
}

#[test]
fn a_second_interface_answers_for_itself() {
    let lab = Lab::new();
    let mut wanted = web_and_clients();
    wanted.instance("extra", VPC, &["10.0.1.8"], &["sg-web"]);
    wanted.interface("extra").instance_id = "i-web".into();
    wanted.interface("extra").device_index = 1;
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("0.0.0.0:80");
    assert!(lab.instance("client").reaches("10.0.1.4:80"));
    assert!(lab.instance("client").reaches("10.0.1.8:80"));
}

#[test]
fn purge_leaves_nothing() {
    let lab = Lab::new();
    let before = lab
        .host()
        .sh("ip -o link; ip route show table all; ip -6 route show table all; ip rule; nft list ruleset");
    lab.apply(&web_and_clients());
    assert!(lab.host().sh("ip -o link").contains("lab-"));
    assert!(lab.host().sh("nft list ruleset").contains("hearth-lab"));
    lab.network.purge().unwrap();
    let after = lab
        .host()
        .sh("ip -o link; ip route show table all; ip -6 route show table all; ip rule; nft list ruleset");
    assert_eq!(after, before);
    assert!(!lab.run_dir().exists());
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(&lab.run_dir().display().to_string()));
    lab.network.purge().unwrap();
}

#[test]
fn an_empty_state_removes_what_a_full_one_made() {
    let lab = Lab::new();
    lab.apply(&web_and_clients());
    lab.apply(&Wanted::default());
    assert_eq!(std::fs::read_dir(lab.run_dir()).unwrap().count(), 0);
    assert!(!lab.host().sh("ip -o link").contains("lab-"));
    assert_eq!(lab.host().sh("nft list ruleset"), "");
}

#[test]
fn an_impossible_configuration_is_refused() {
    let outside = |link: &str| Some(Outside { link: link.into(), masquerade: false });
    type Damage = fn(&mut Config);
    let cases: [(Damage, &str); 3] = [
        (
            |config| config.prefix = "Hearth".into(),
            "prefix: \"Hearth\" is not 1 to 5 lower-case letters or digits",
        ),
        (
            |config| config.host_netns = Some("/proc/self/status".into()),
            "host_netns: /proc/self/status is no network",
        ),
        (
            |config| config.host_netns = Some("/nowhere".into()),
            "host_netns: /nowhere is no network namespace",
        ),
    ];
    let lab = Lab::new();
    for (damage, expected) in cases {
        let mut config = lab.config.clone();
        damage(&mut config);
        let refusal = Network::new(config).unwrap_err().to_string();
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    for link in ["", "eth0 ", "a\"b", "eth*", "a-name-that-is-too-long"] {
        let config = Config { outside: outside(link), ..lab.config.clone() };
        assert!(Network::new(config).is_err(), "{link:?}");
    }
}

#[test]
fn the_way_out_is_opened_and_hidden_behind_the_device() {
    let lab = Lab::new();
    lab.host().sh("ip link add wire type veth peer name far");
    let config =
        Config { outside: Some(Outside { link: "wire".into(), masquerade: true }), ..lab.config.clone() };
    let outward = Network::new(config).unwrap();
    assert_eq!(outward.apply(&web_and_clients().0), []);
    let rules = lab.host().sh("nft list table inet hearth-lab");
    assert!(rules.contains("iifname \"lab-*\" oifname \"wire\" accept"), "{rules}");
    assert!(rules.contains("ip saddr 198.18.7.0/24 oifname \"wire\" masquerade"), "{rules}");
    assert_eq!(lab.host().sh("cat /proc/sys/net/ipv4/conf/wire/forwarding").trim(), "1");
}
