//! Calculated checks, in a table and against a model that works everything out anew.

use super::{NOW, table};
use crate::health::verdicts::{Changed, Verdicts};
use controlplane_proto::dns::health_check::Kind;
use controlplane_proto::dns::{HealthCheck, HealthObservation};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn check(id: &str) -> HealthCheck {
    HealthCheck { id: id.to_owned(), ..HealthCheck::default() }
}

fn calculated(children: &[&str], health_threshold: u32) -> HealthCheck {
    let children = children.iter().map(|child| (*child).to_owned()).collect();
    let mut check = HealthCheck { children, health_threshold, ..check("sum") };
    check.set_kind(Kind::Calculated);
    check
}

fn with(checks: Vec<HealthCheck>) -> Verdicts {
    let mut verdicts = Verdicts::new("me");
    verdicts.set_checks(&checks.into_iter().map(|check| (check.id.clone(), check)).collect(), |_| true);
    verdicts
}

fn see(verdicts: &mut Verdicts, id: &str, healthy: bool) -> Changed {
    let seen = HealthObservation { health_check_id: id.to_owned(), healthy, ..HealthObservation::default() };
    verdicts.observe(seen, NOW).1
}

#[test]
fn rule_12_23_as_many_children_as_the_threshold_says() {
    let down = |id: &str| (id.to_owned(), false);
    for (threshold, failing, expected) in [
        (0, &["a", "b", "c"][..], true),
        (1, &["a", "b"], true),
        (1, &["a", "b", "c"], false),
        (2, &["a"], true),
        (2, &["a", "b"], false),
        (3, &[], true),
        (3, &["c"], false),
        (4, &[], false),
    ] {
        let mut verdicts =
            with(vec![check("a"), check("b"), check("c"), calculated(&["a", "b", "c"], threshold)]);
        for id in failing {
            assert_eq!(see(&mut verdicts, id, false)[0], down(id));
        }
        assert_eq!(verdicts.is_healthy("sum"), expected, "{failing:?} of 3, {threshold}");
    }
}

#[test]
fn rule_12_23_children_count_by_their_final_status() {
    let disabled = HealthCheck { disabled: true, ..check("a") };
    let both = HealthCheck { inverted: true, ..disabled.clone() };
    let inverted = HealthCheck { inverted: true, ..check("a") };
    for (child, failing, expected) in [
        (disabled, true, true),
        (both, true, false),
        (inverted.clone(), true, true),
        (inverted, false, false),
        (check("a"), false, true),
    ] {
        let mut verdicts = with(vec![child.clone(), calculated(&["a"], 1)]);
        see(&mut verdicts, "a", !failing);
        assert_eq!(verdicts.is_healthy("sum"), expected, "{child:?} {failing}");
    }
    let verdicts = with(vec![calculated(&["gone"], 1)]);
    assert!(verdicts.is_healthy("sum"), "a check that is gone is healthy");
    let verdicts = with(vec![HealthCheck { inverted: true, ..calculated(&[], 0) }]);
    assert!(!verdicts.is_healthy("sum"));
    let disabled = HealthCheck { disabled: true, ..calculated(&[], 1) };
    assert!(with(vec![disabled.clone()]).is_healthy("sum"));
    assert!(!with(vec![HealthCheck { inverted: true, ..disabled }]).is_healthy("sum"));
}

#[test]
fn rule_12_26_a_calculated_check_changes_with_its_child_and_not_later() {
    let mut verdicts = with(vec![check("a"), check("b"), calculated(&["a", "b"], 2)]);
    let both = |healthy| vec![("b".to_owned(), healthy), ("sum".to_owned(), healthy)];
    assert_eq!(see(&mut verdicts, "b", false), both(false));
    assert_eq!(see(&mut verdicts, "a", false), [("a".to_owned(), false)]);
    assert_eq!(see(&mut verdicts, "a", true), [("a".to_owned(), true)]);
    assert_eq!(see(&mut verdicts, "b", true), both(true));
    let other = HealthObservation { health_check_id: "b".to_owned(), ..HealthObservation::default() };
    for server in ["s1", "s2", "s3", "s4"] {
        assert_eq!(verdicts.receive(table(server, 1, vec![other.clone()]), NOW), Ok(vec![]));
    }
    assert_eq!(verdicts.receive(table("s5", 1, vec![other]), NOW), Ok(both(false)));
}

/// Settings and votes of everything, and what follows from them.
#[derive(Debug, Default)]
struct Model {
    checks: BTreeMap<String, HealthCheck>,
    last: BTreeMap<String, bool>,
}

impl Model {
    fn status(&self, id: &str) -> bool {
        let Some(check) = self.checks.get(id) else { return true };
        let before = match check.kind() {
            _ if check.disabled => true,
            Kind::Calculated => {
                let healthy = check.children.iter().filter(|child| self.status(child)).count();
                healthy >= check.health_threshold as usize
            }
            _ => self.last.get(id).copied().unwrap_or(true),
        };
        if check.inverted { !before } else { before }
    }
}

const PLAIN: u8 = 6;

#[derive(Clone, Debug)]
enum Step {
    See(u8, bool),
    Set(u8, bool, bool),
    Sum(u8, Vec<u8>, u32, bool, bool),
    Remove(u8),
    Decide,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..PLAIN, any::<bool>()).prop_map(|(id, healthy)| Step::See(id, healthy)),
        2 => (0..PLAIN, any::<bool>(), any::<bool>()).prop_map(|(id, inverted, disabled)| Step::Set(id, inverted, disabled)),
        2 => (0..3_u8, prop::collection::btree_set(0..PLAIN, 0..6), 0..7_u32, any::<bool>(), any::<bool>())
            .prop_map(|(id, children, threshold, inverted, disabled)| {
                Step::Sum(id, children.into_iter().collect(), threshold, inverted, disabled)
            }),
        1 => (0..PLAIN + 3).prop_map(Step::Remove),
        1 => Just(Step::Decide),
    ];
    prop::collection::vec(step, 0..60)
}

fn name(number: u8) -> String {
    if number < PLAIN { format!("c{number}") } else { format!("sum{}", number - PLAIN) }
}

/// Does a step to both, and gives what the verdicts say changed, if it was a step that says so.
fn step(step: Step, verdicts: &mut Verdicts, model: &mut Model) -> Option<Changed> {
    match step {
        Step::See(id, healthy) => {
            let id = name(id);
            if model.checks.contains_key(&id) {
                model.last.insert(id.clone(), healthy);
            }
            return Some(see(verdicts, &id, healthy));
        }
        Step::Decide => return Some(verdicts.decide_all(NOW)),
        Step::Set(id, inverted, disabled) => {
            let check = HealthCheck { inverted, disabled, ..check(&name(id)) };
            model.checks.insert(check.id.clone(), check);
        }
        Step::Sum(id, children, threshold, inverted, disabled) => {
            let children: Vec<String> = children.into_iter().map(name).collect();
            let children: Vec<&str> = children.iter().map(String::as_str).collect();
            let id = name(PLAIN + id);
            let check =
                HealthCheck { id: id.clone(), inverted, disabled, ..calculated(&children, threshold) };
            model.checks.insert(id, check);
        }
        Step::Remove(id) => {
            let id = name(id);
            model.checks.remove(&id);
            model.last.remove(&id);
        }
    }
    verdicts.set_checks(&model.checks, |_| true);
    None
}

proptest! {
    #[test]
    fn rule_12_23_every_status_is_what_a_model_works_out_anew(steps in steps()) {
        let (mut verdicts, mut model) = (Verdicts::new("me"), Model::default());
        for one in steps {
            let before: BTreeMap<String, bool> =
                model.checks.keys().map(|id| (id.clone(), model.status(id))).collect();
            let changed = step(one.clone(), &mut verdicts, &mut model);
            for id in (0..PLAIN + 3).map(name) {
                prop_assert_eq!(verdicts.is_healthy(&id), model.status(&id), "{} after {:?}", id, one);
            }
            let Some(changed) = changed else { continue };
            let told: BTreeMap<String, bool> = changed.into_iter().collect();
            let expected: BTreeMap<String, bool> = before
                .into_iter()
                .filter_map(|(id, status)| Some(model.status(&id)).filter(|now| *now != status).map(|now| (id, now)))
                .collect();
            prop_assert_eq!(told, expected, "{:?}", one);
        }
    }
}
