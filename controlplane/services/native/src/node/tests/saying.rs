//! Labels, taints and pressures: what agents and operators say of a node, and what stays of it.

use super::*;
use crate::node::{LabelNode, LabelNodeInput, Scarce, TaintNode, TaintNodeInput, note_pressures};

fn label(
    set: &[(&str, &str)],
    remove: &[&str],
    overwrite: bool,
    cx: &mut Context,
) -> Result<bool, ServiceError> {
    let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let remove = remove.iter().map(|key| (*key).to_owned()).collect();
    LabelNode::run(&LabelNodeInput { node: "n1".into(), set, remove, overwrite }, cx)
}

fn taint(set: &[&str], remove: &[&str], overwrite: bool, cx: &mut Context) -> Result<bool, ServiceError> {
    let [set, remove] = [set, remove].map(|list| list.iter().map(|spec| (*spec).to_owned()).collect());
    TaintNode::run(&TaintNodeInput { node: "n1".into(), set, remove, overwrite }, cx)
}

fn registered() -> Context {
    let mut cx = context_with_region();
    let mut told = hello("n1", "us-east-1a");
    told.labels.insert("disk".into(), "hdd".into());
    told.taints = vec!["dedicated=gpu:NoSchedule".into()];
    RegisterNode::run(&told, &mut cx).unwrap();
    cx
}

fn labels(cx: &Context) -> String {
    let labels = node("n1", cx).unwrap().labels();
    let own = labels.iter().filter(|(key, _)| !["zone", "rack"].contains(&key.as_str()));
    own.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

fn taints(cx: &Context) -> String {
    node("n1", cx).unwrap().taints().iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[test]
fn an_operators_labels_win_until_they_are_taken_back() {
    let mut cx = registered();
    assert!(label(&[("disk", "ssd"), ("tier", "")], &[], true, &mut cx).unwrap());
    assert_eq!(labels(&cx), "disk=ssd,tier=");
    let mut told = hello("n1", "us-east-1a");
    told.labels.insert("disk".into(), "tape".into());
    told.labels.insert("new".into(), "yes".into());
    RegisterNode::run(&told, &mut cx).unwrap();
    assert_eq!(labels(&cx), "disk=ssd,new=yes,tier=", "a hello brings what it has, and undoes nothing");
    assert!(label(&[], &["disk", "tier"], false, &mut cx).unwrap());
    assert_eq!(labels(&cx), "new=yes", "taken away whoever said it");
    assert!(label(&[("disk", "tape")], &[], false, &mut cx).unwrap());
    assert_eq!(
        (labels(&cx).as_str(), node("n1", &cx).unwrap().label_overlay.len()),
        ("disk=tape,new=yes", 0)
    );
    let mut again = next(&cx);
    assert!(!label(&[("disk", "tape")], &["never"], false, &mut again).unwrap());
    assert!(again.into_changes().is_empty(), "nothing new is not written");
}

/// Labels to set, labels to remove, and what the refusal says.
type Refused<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str);

#[test]
fn labels_that_cannot_be_are_refused() {
    let mut cx = registered();
    let long = "x".repeat(64);
    let cases: [Refused<'_>; 8] = [
        (&[], &[], "at least one label update is required"),
        (&[("disk", "ssd")], &[], "'disk' already has a value (hdd), and --overwrite is false"),
        (&[("zone", "us-east-1b")], &[], "only its agent tells"),
        (&[], &["rack"], "only its agent tells"),
        (&[("a", "1")], &["a"], "cannot modify and remove the same label: a"),
        (&[("-a", "1")], &[], "must begin and end with"),
        (&[("a", "b c")], &[], "invalid value"),
        (&[("a", &long)], &[], "invalid value"),
    ];
    for (set, remove, expected) in cases {
        let before = labels(&cx);
        let error = label(set, remove, false, &mut cx).unwrap_err();
        assert!(error.message.contains(expected), "{expected}: {}", error.message);
        assert_eq!(labels(&cx), before);
    }
    for n in 0..61 {
        label(&[(&format!("k{n}"), "")], &[], false, &mut cx).unwrap();
    }
    assert!(label(&[("one-more", "")], &[], false, &mut cx).unwrap_err().message.contains("64 labels"));
}

#[test]
fn taints_are_given_changed_and_taken() {
    let mut cx = registered();
    assert!(taint(&["dedicated=gpu:NoExecute", "new:NoSchedule"], &[], false, &mut cx).unwrap());
    assert_eq!(taints(&cx), "dedicated=gpu:NoExecute,dedicated=gpu:NoSchedule,new:NoSchedule");
    let error = taint(&["dedicated=db:NoExecute"], &[], false, &mut cx).unwrap_err();
    assert_eq!(
        error.message,
        "node n1 already has dedicated taint(s) with same effect(s) and --overwrite is false"
    );
    assert!(taint(&["dedicated=db:NoExecute"], &[], true, &mut cx).unwrap());
    assert!(taint(&[], &["dedicated:NoSchedule", "new"], false, &mut cx).unwrap());
    assert_eq!(taints(&cx), "dedicated=db:NoExecute");
    RegisterNode::run(&RegisterNodeInput { boot_id: "2".into(), ..hello("n1", "us-east-1a") }, &mut cx)
        .unwrap();
    assert_eq!(taints(&cx), "dedicated=db:NoExecute", "an operator's taint outlives hellos");
    for (set, remove, expected) in [
        (vec!["x"], vec![], "KEY[=VALUE]:EFFECT"),
        (vec!["x:PreferNoSchedule"], vec![], "neither NoSchedule nor NoExecute"),
        (vec![], vec!["nothing"], "taint \"nothing\" not found"),
        (vec![], vec!["dedicated:Never"], "neither NoSchedule nor NoExecute"),
    ] {
        let error = taint(&set, &remove, false, &mut cx).unwrap_err();
        assert!(error.message.contains(expected), "{expected}: {}", error.message);
    }
    assert!(taint(&[], &["dedicated"], false, &mut cx).unwrap());
    assert_eq!(taints(&cx), "");
}

#[test]
fn only_transitions_of_pressures_are_written() {
    let mut cx = registered();
    let told = |pairs: &[(Scarce, &str)]| pairs.iter().map(|(it, why)| (*it, (*why).to_owned())).collect();
    note_pressures("n1", &told(&[(Scarce::Memory, "80Mi available")]), &mut cx);
    assert!(!node("n1", &cx).unwrap().takes_work());
    let mut again = next(&cx);
    note_pressures("n1", &told(&[(Scarce::Memory, "70Mi available")]), &mut again);
    assert!(again.into_changes().is_empty());
    note_pressures("n1", &told(&[(Scarce::Disk, "no inodes")]), &mut cx);
    note_pressures("n1", &told(&[]), &mut cx);
    assert!(node("n1", &cx).unwrap().takes_work());
    let told_events = ["Registered", "MemoryPressure", "DiskPressure", "NoMemoryPressure", "NoDiskPressure"];
    assert_eq!(reasons(&cx), told_events);
    note_pressures("nobody", &told(&[(Scarce::Pids, "")]), &mut cx);
}
