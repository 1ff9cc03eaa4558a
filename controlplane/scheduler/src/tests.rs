use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn node(name: &str, zone: &str, rack: &str) -> Node {
    Node::empty(name, zone, rack, 4, 8192)
}

fn request(vcpus: u32, memory_mib: u64) -> Request {
    Request { vcpus, cpu_millis: u64::from(vcpus) * 1000, memory_mib, ..Request::default() }
}

fn member(group: &str) -> Request {
    Request { group: Some(group.into()), ..request(1, 512) }
}

fn labels<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn tainted(taint: &str) -> Node {
    Node { taints: vec![taint.parse().unwrap()], ..node("n", "a", "r1") }
}

fn names(places: Vec<Option<String>>) -> Vec<String> {
    places.into_iter().map(|place| place.unwrap_or_else(|| "-".into())).collect()
}

#[test]
fn filters() {
    let away = Node { not_ready: Some("its agent is gone".into()), ..node("away", "a", "r1") };
    let mut full = node("full", "a", "r1");
    full.reserve(&Request { cpu_millis: 3_900, ..request(0, 8000) });
    let cases = [
        (node("n", "a", "r1"), request(4, 8192), vec![]),
        (
            Node { short_of: vec!["memory".into(), "disk".into()], ..node("n", "a", "r1") },
            request(1, 1),
            vec!["is short of memory", "is short of disk"],
        ),
        (
            tainted("dedicated=gpu:NoSchedule"),
            request(1, 1),
            vec!["has the taint dedicated=gpu:NoSchedule, which is not tolerated"],
        ),
        (
            tainted("dedicated=gpu:NoSchedule"),
            Request {
                tolerations: vec![Toleration { key: Some("dedicated".into()), ..Toleration::default() }],
                ..request(1, 1)
            },
            vec![],
        ),
        (
            Node { labels: labels([("disk", "hdd")]), ..node("n", "a", "r1") },
            Request { selector: labels([("disk", "ssd"), ("gpu", "a100")]), ..request(1, 1) },
            vec!["has the label disk=hdd, disk=ssd is needed", "has no label gpu, gpu=a100 is needed"],
        ),
        (
            Node { labels: labels([("disk", "ssd"), ("gpu", "")]), ..node("n", "a", "r1") },
            Request { selector: labels([("disk", "ssd"), ("gpu", "")]), ..request(1, 1) },
            vec![],
        ),
        (away, request(1, 1), vec!["is not ready: its agent is gone"]),
        (Node { cordoned: true, ..node("n", "a", "r1") }, request(1, 1), vec!["is cordoned"]),
        (
            node("n", "a", "r1"),
            Request { zone: Some("b".into()), ..request(1, 1) },
            vec!["stands in a, not in b"],
        ),
        (
            node("n", "a", "r1"),
            Request { excluded: ["n".to_owned()].into(), ..request(1, 1) },
            vec!["is excluded"],
        ),
        (
            node("n", "a", "r1"),
            request(8, 1),
            vec!["has 4 vCPUs, 8 are needed", "has 4 vCPUs unreserved, 8 are needed"],
        ),
        (
            full,
            request(1, 512),
            vec![
                "has 0.1 vCPUs unreserved, 1 are needed",
                "has 192 of 8192 MiB memory free, 512 MiB are needed",
            ],
        ),
    ];
    for (node, request, expected) in cases {
        let found: Vec<String> = refusals(&node, &request).iter().map(Refusal::to_string).collect();
        assert_eq!(found, expected, "{request:?}");
        assert_eq!(filter::fits(&node, &request), expected.is_empty());
    }
}

#[test]
fn taints_are_read_as_they_are_written() {
    for text in ["dedicated=gpu:NoSchedule", "a.b/c-d:NoExecute", "x=:NoSchedule"] {
        let taint: Taint = text.parse().unwrap();
        assert_eq!(taint.to_string(), text.replace("=:", ":"));
    }
    for (text, expected) in [
        ("dedicated", "is not KEY[=VALUE]:EFFECT"),
        ("dedicated=gpu:Never", "neither NoSchedule nor NoExecute"),
        ("=gpu:NoSchedule", "invalid key \"\""),
        ("-a:NoSchedule", "invalid key \"-a\""),
        ("a:b:NoSchedule", "invalid key \"a:b\""),
        ("a=b c:NoSchedule", "invalid value \"b c\""),
    ] {
        let error = text.parse::<Taint>().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_toleration_passes_what_it_says_and_nothing_else() {
    let taint: Taint = "dedicated=gpu:NoExecute".parse().unwrap();
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        (Toleration::default(), true),
        (Toleration { key: some("dedicated"), ..Toleration::default() }, true),
        (Toleration { key: some("other"), ..Toleration::default() }, false),
        (Toleration { key: some("dedicated"), value: some("gpu"), effect: None }, true),
        (Toleration { key: some("dedicated"), value: some(""), effect: None }, false),
        (Toleration { effect: Some(Effect::NoExecute), ..Toleration::default() }, true),
        (Toleration { effect: Some(Effect::NoSchedule), ..Toleration::default() }, false),
    ];
    for (toleration, expected) in cases {
        assert_eq!(toleration.passes(&taint), expected, "{toleration:?}");
    }
}

#[test]
fn an_explanation_names_every_node_that_refuses() {
    let nodes = [node("a", "z", "r"), node("b", "z", "r")];
    let told: Vec<String> = explain(&nodes, &request(1, 9000)).iter().map(Explanation::to_string).collect();
    assert_eq!(told[0], "a has 8192 of 8192 MiB memory free, 9000 MiB are needed");
    assert_eq!(told.len(), 2);
    assert!(explain(&nodes, &request(1, 1)).is_empty());
}

#[test]
fn a_group_spreads_over_racks_then_nodes() {
    let nodes = [node("n1", "a", "r1"), node("n2", "a", "r1"), node("n3", "a", "r2"), node("n4", "a", "r2")];
    let requests: Vec<Request> = (0..5).map(|_| member("web")).collect();
    assert_eq!(names(plan(&nodes, &[], &requests)), ["n1", "n3", "n2", "n4", "n1"]);
}

#[test]
fn members_that_stand_already_count() {
    let nodes = [node("n1", "a", "r1"), node("n2", "a", "r2")];
    let standing = |node: &str| Standing { group: "web".into(), node: node.into() };
    assert_eq!(names(plan(&nodes, &[standing("n1")], &[member("web")])), ["n2"]);
    assert_eq!(names(plan(&nodes, &[standing("n1")], &[member("other")])), ["n1"]);
    assert_eq!(names(plan(&nodes, &[standing("gone")], &[member("web")])), ["n1"]);
}

#[test]
fn without_a_group_the_freest_node_wins_and_names_break_ties() {
    let mut nodes = [node("n1", "a", "r1"), node("n2", "a", "r1"), node("n3", "a", "r1")];
    assert_eq!(names(plan(&nodes, &[], &[request(1, 1)])), ["n1"]);
    nodes[0].reserve(&request(1, 100));
    assert_eq!(names(plan(&nodes, &[], &[request(1, 1), request(1, 1)])), ["n2", "n3"]);
}

#[test]
fn racks_of_the_same_name_in_two_zones_are_two_racks() {
    let nodes = [node("n1", "a", "r1"), node("n2", "b", "r1")];
    assert_eq!(names(plan(&nodes, &[], &[member("web"), member("web")])), ["n1", "n2"]);
}

#[test]
fn one_that_fits_nowhere_does_not_hold_up_the_rest() {
    let nodes = [node("n1", "a", "r1")];
    assert_eq!(names(plan(&nodes, &[], &[request(8, 1), request(1, 1)])), ["-", "n1"]);
    assert_eq!(names(plan(&[], &[], &[request(1, 1)])), ["-"]);
}

#[test]
fn burstable_instances_share_processors() {
    let nodes = [Node::empty("n1", "a", "r1", 2, 8192)];
    let micro = Request { cpu_millis: 200, ..request(2, 1024) };
    let requests = vec![micro; 9];
    assert_eq!(plan(&nodes, &[], &requests).iter().flatten().count(), 8, "memory ends it, not processors");
}

#[test]
fn a_thousand_on_a_hundred_nodes_spread_evenly() {
    let nodes: Vec<Node> =
        (0..100).map(|n| node(&format!("n{n:03}"), "a", &format!("r{}", n % 10))).collect();
    let small = Request { cpu_millis: 200, ..member("web") };
    let places = plan(&nodes, &[], &vec![small; 1000]);
    let mut counts = BTreeMap::new();
    for place in places.into_iter().flatten() {
        *counts.entry(place).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 100);
    assert!(counts.values().all(|count| *count == 10), "{counts:?}");
}

prop_compose! {
    fn any_node(index: usize)(
        zone in 0..3u8, rack in 0..3u8, vcpus in 1..16u32, memory_mib in 256..32_768u64, ready in prop::bool::weighted(0.9),
        tainted in prop::bool::weighted(0.2), label in prop::option::of(0..2u8), short in prop::bool::weighted(0.1),
    ) -> Node {
        let node = Node::empty(&format!("n{index}"), &format!("z{zone}"), &format!("r{rack}"), vcpus, memory_mib);
        let taints = tainted.then(|| "dedicated=gpu:NoSchedule".parse().unwrap()).into_iter().collect();
        let labels = label.map(|label| ("l".to_owned(), label.to_string())).into_iter().collect();
        let short_of = short.then(|| "memory".to_owned()).into_iter().collect();
        let node = Node { taints, labels, short_of, ..node };
        Node { not_ready: (!ready).then(|| "away".to_owned()), ..node }
    }
}

fn any_nodes() -> impl Strategy<Value = Vec<Node>> {
    (0..12usize).prop_flat_map(|count| (0..count).map(any_node).collect::<Vec<_>>())
}

prop_compose! {
    fn any_request()(
        vcpus in 0..8u32, cpu_millis in 0..8_000u64, memory_mib in 1..8_192u64,
        zone in prop::option::of(0..3u8), group in prop::option::of(0..3u8), excluded in prop::option::of(0..12usize),
        tolerates in prop::bool::ANY, label in prop::option::weighted(0.3, 0..2u8),
    ) -> Request {
        Request {
            vcpus,
            cpu_millis,
            memory_mib,
            zone: zone.map(|zone| format!("z{zone}")),
            group: group.map(|group| format!("g{group}")),
            excluded: excluded.map(|node| format!("n{node}")).into_iter().collect(),
            selector: label.map(|label| ("l".to_owned(), label.to_string())).into_iter().collect(),
            tolerations: tolerates.then(Toleration::default).into_iter().collect(),
        }
    }
}

proptest! {
    /// Replays the plan step by step: who is placed fitted at that moment, who is not fitted nowhere.
    #[test]
    fn never_over_capacity_and_never_refused_without_need(
        nodes in any_nodes(), requests in prop::collection::vec(any_request(), 0..60),
    ) {
        let mut state = nodes.clone();
        for (request, place) in requests.iter().zip(plan(&nodes, &[], &requests)) {
            match place {
                Some(name) => {
                    let chosen = state.iter_mut().find(|node| node.name == name).unwrap();
                    prop_assert_eq!(refusals(chosen, request), vec![]);
                    chosen.reserve(request);
                    prop_assert!(chosen.free.cpu_millis >= 0 && chosen.free.memory_mib >= 0);
                }
                None => prop_assert_eq!(explain(&state, request).len(), state.len()),
            }
        }
    }

    #[test]
    fn the_order_of_the_nodes_does_not_matter(
        nodes in any_nodes(), requests in prop::collection::vec(any_request(), 0..30),
    ) {
        let reversed: Vec<Node> = nodes.iter().rev().cloned().collect();
        prop_assert_eq!(plan(&nodes, &[], &requests), plan(&reversed, &[], &requests));
    }

    #[test]
    fn filter_and_explanation_agree(node in any_node(0), request in any_request()) {
        prop_assert_eq!(filter::fits(&node, &request), refusals(&node, &request).is_empty());
    }

    #[test]
    fn equal_nodes_share_a_group_evenly(count in 1..10usize, members in 0..40usize) {
        let nodes: Vec<Node> = (0..count).map(|n| Node::empty(&format!("n{n}"), "z", "r", 64, 65_536)).collect();
        let mut counts = BTreeMap::new();
        for place in plan(&nodes, &[], &vec![member("g"); members]).into_iter().flatten() {
            *counts.entry(place).or_insert(0usize) += 1;
        }
        prop_assert_eq!(counts.values().sum::<usize>(), members);
        prop_assert!(counts.values().all(|on| *on <= members.div_ceil(count)));
    }
}

/// A node says itself what it has. One that says too much gets what it says, and takes nobody else's share by breaking the sums.
#[test]
fn a_node_that_lies_about_its_capacity_breaks_no_sum() {
    let greedy = || Node::empty("greedy", "a", "r1", u32::MAX, u64::MAX);
    let mut full = Node { name: "full".into(), ..greedy() };
    full.take(u64::MAX, u64::MAX);
    full.take(u64::MAX, u64::MAX);
    let huge = Request { cpu_millis: u64::MAX, ..request(u32::MAX, u64::MAX) };
    let nodes = [node("honest", "a", "r1"), greedy(), full, Node::empty("none", "a", "r1", 0, 0)];
    for requests in [vec![request(1, 512); 64], vec![huge; 3], vec![request(4, 8192), request(u32::MAX, 1)]] {
        let places = plan(&nodes, &[], &requests);
        assert_eq!(places.len(), requests.len());
        let honest = places.iter().flatten().filter(|name| *name == "honest").count();
        assert!(honest <= 8, "no more than it has: {honest}");
        for request in &requests {
            let refusing = explain(&nodes, request);
            assert!(["full", "none"].into_iter().all(|name| refusing.iter().any(|one| one.node == name)));
        }
    }
}
