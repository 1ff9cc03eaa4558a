use super::*;

fn status(id: &str, run: u64, state: State) -> (String, InstanceStatus) {
    let mut status = InstanceStatus { id: id.into(), run, ..InstanceStatus::default() };
    status.set_state(state);
    (id.to_owned(), status)
}

fn observed(instances: &[(&str, u64, State)]) -> Observed {
    let instances = instances.iter().map(|(id, run, state)| status(id, *run, *state)).collect();
    Observed { instances, ..Observed::default() }
}

fn told(report: &Report) -> Vec<(&str, u64, State)> {
    report.instances.iter().map(|status| (status.id.as_str(), status.run, status.state())).collect()
}

type Told = &'static [(&'static str, u64, State)];

#[test]
fn a_delta_tells_what_changed_and_what_went() {
    use State::{Exited, Gone, Running};
    let cases: [(&str, Told, Told, Option<Told>); 6] = [
        ("nothing", &[("a", 1, Running)], &[("a", 1, Running)], None),
        ("new", &[], &[("a", 1, Running)], Some(&[("a", 1, Running)])),
        (
            "ended",
            &[("a", 1, Running), ("b", 1, Running)],
            &[("a", 1, Exited), ("b", 1, Running)],
            Some(&[("a", 1, Exited)]),
        ),
        ("next run", &[("a", 1, Running)], &[("a", 2, Running)], Some(&[("a", 2, Running)])),
        ("went", &[("a", 3, Exited)], &[], Some(&[("a", 3, Gone)])),
        ("went and was told", &[("a", 3, Gone)], &[], Some(&[])),
    ];
    for (name, sent, now, expected) in cases {
        let delta = observed(now).to_delta(&observed(sent), "boot");
        assert_eq!(delta.as_ref().map(told), expected.map(<[_]>::to_vec), "{name}");
        assert!(delta.is_none_or(|report| !report.full && report.boot_id == "boot"));
    }
}

#[test]
fn errors_and_generations_are_always_whole() {
    let generation = Generation { cluster_id: "c".into(), incarnation: 1, index: 4 };
    let mut now = observed(&[("a", 1, State::Running)]);
    now.generation = Some(generation.clone());
    now.troubles.push("disk full".into());
    now.errors.insert(ObjectRef { kind: "vpc", id: "vpc-1".into() }, "no room".into());
    for report in [now.to_full("b"), now.to_delta(&observed(&[("a", 1, State::Running)]), "b").unwrap()] {
        assert_eq!(report.generation, Some(generation.clone()));
        assert_eq!(report.applied, None);
        let reasons: Vec<_> =
            report.errors.iter().map(|error| (error.key.is_some(), error.reason.as_str())).collect();
        assert_eq!(reasons, [(false, "disk full"), (true, "no room")]);
    }
    assert_eq!(told(&now.to_full("b")).len(), 1);
}

#[test]
fn errors_are_bounded() {
    let mut now = Observed::default();
    for index in 0..1000 {
        now.errors.insert(ObjectRef { kind: "subnet", id: format!("subnet-{index}") }, "no".into());
    }
    assert_eq!(now.to_full("b").errors.len(), MOST_ERRORS);
}
