use super::apply::{ApplyOutcome, apply};
use super::*;
use crate::Context;
use crate::tests::{SERVICES, context};

fn outcomes(text: &str, cx: &mut Context) -> Result<Vec<(String, ApplyOutcome)>, ServiceError> {
    let results = apply(SERVICES, parse(text)?, "default", &cx.caller.region.clone(), cx)?;
    Ok(results
        .into_iter()
        .map(|result| (format!("{}/{}", result.kind, result.name), result.outcome))
        .collect())
}

const TWO: &str = "
kind: Box
metadata: {name: inner}
spec: {label: hello, insideOf: outer}
---
kind: box
metadata: {name: outer}
spec: {label: big}
";

#[test]
fn names_become_ids_and_order_follows_need() {
    let mut cx = context();
    assert_eq!(
        outcomes(TWO, &mut cx).unwrap(),
        [("box/inner".into(), ApplyOutcome::Created), ("box/outer".into(), ApplyOutcome::Created)]
    );
    let outer = Applied::target_of("box", "outer", &cx).unwrap().to_owned();
    let inner = Applied::target_of("box", "inner", &cx).unwrap().to_owned();
    assert_eq!(cx.get::<crate::tests::Box>(&inner).unwrap().inside_of, Some(outer));
}

#[test]
fn the_same_again_changes_nothing() {
    let mut cx = context();
    outcomes(TWO, &mut cx).unwrap();
    assert!(outcomes(TWO, &mut cx).unwrap().iter().all(|(_, outcome)| *outcome == ApplyOutcome::Unchanged));
    let changed = TWO.replace("hello", "goodbye");
    assert_eq!(outcomes(&changed, &mut cx).unwrap()[0].1, ApplyOutcome::Configured);
}

#[test]
fn deferred_references_may_form_cycles() {
    let mut cx = context();
    let text = "
kind: box
metadata: {name: a}
spec: {label: a, friend: b}
---
kind: box
metadata: {name: b}
spec: {label: b, friend: a}
";
    outcomes(text, &mut cx).unwrap();
    let a = Applied::target_of("box", "a", &cx).unwrap().to_owned();
    let b = Applied::target_of("box", "b", &cx).unwrap().to_owned();
    assert_eq!(cx.get::<crate::tests::Box>(&a).unwrap().friend, Some(b.clone()));
    assert_eq!(cx.get::<crate::tests::Box>(&b).unwrap().friend, Some(a));
    assert!(outcomes(text, &mut cx).unwrap().iter().all(|(_, outcome)| *outcome == ApplyOutcome::Unchanged));
}

#[test]
fn what_is_wrong_is_named() {
    for (text, expected) in [
        ("kind: box\nmetadata: {name: x}\nspec: {lable: a}", "unknown field `lable`"),
        ("kind: box\nmetadata: {name: x}\nspec: {label: [1]}", "spec.label"),
        ("kind: box\nmetadata: {name: x}\nspec: {label: a, insideOf: y}", "there is no box named \"y\""),
        ("kind: box\nmetadata: {name: x}\nspec: {label: a, insideOf: x}", "refers to itself"),
        ("kind: crate\nmetadata: {name: x}", "no such kind"),
        ("kind: box\nmetadata: {name: a/b}", "no '/'"),
        ("kind: box\nmetadata: {name: x, colour: red}", "unknown field `colour`"),
        (
            "kind: box\nmetadata: {name: x}\nspec: {label: a}\n---\nkind: Box\nmetadata: {name: x}\nspec: {label: b}",
            "declared twice",
        ),
        ("kind: [", "not valid YAML"),
    ] {
        let error = outcomes(text, &mut context()).unwrap_err();
        assert!(error.message.contains(expected), "{text}: {}", error.message);
    }
}

fn pruned(named: &[(&str, &str)], set: &str, cx: &mut Context) -> Vec<(String, Option<Deletion>)> {
    let pruned = prune::prune(SERVICES, named, set, None, cx);
    pruned.into_iter().map(|one| (one.name, one.outcome.ok())).collect()
}

#[test]
fn pruning_deletes_what_a_set_names_no_longer_and_nothing_else() {
    let mut cx = context();
    outcomes(TWO, &mut cx).unwrap();
    let all = [("box", "inner"), ("box", "outer")];
    assert_eq!(pruned(&all, "default", &mut cx), []);
    assert_eq!(pruned(&[], "other", &mut cx), [], "another set");
    assert_eq!(pruned(&all[1..], "default", &mut cx), [("inner".to_owned(), Some(Deletion::Done))]);
    assert_eq!(Applied::target_of("box", "inner", &cx), None);
    assert!(Applied::target_of("box", "outer", &cx).is_some());
    let outer = Applied::target_of("box", "outer", &cx).unwrap().to_owned();
    cx.delete::<crate::tests::Box>(&outer);
    assert_eq!(pruned(&[], "default", &mut cx), [("outer".to_owned(), Some(Deletion::Done))], "gone already");
    assert_eq!(pruned(&[], "default", &mut cx), []);
}

fn label(name: &str, cx: &Context) -> (String, Option<String>) {
    let id = Applied::target_of("box", name, cx).unwrap();
    let found = cx.get::<crate::tests::Box>(id).unwrap();
    (found.label.clone(), found.friend.clone())
}

fn drift(name: &str, to: crate::tests::Box, cx: &mut Context) {
    let id = Applied::target_of("box", name, cx).unwrap().to_owned();
    cx.put(&id, to);
}

#[test]
fn drift_comes_back_and_what_nobody_declared_stays() {
    let mut cx = context();
    let text = "kind: box\nmetadata: {name: a}\nspec: {label: mine}";
    outcomes(text, &mut cx).unwrap();
    let theirs = crate::tests::Box { label: "theirs".into(), inside_of: None, friend: Some("box-1".into()) };
    drift("a", theirs, &mut cx);
    assert_eq!(outcomes(text, &mut cx).unwrap()[0].1, ApplyOutcome::Configured);
    assert_eq!(label("a", &cx), ("mine".into(), Some("box-1".into())));
    assert_eq!(outcomes(text, &mut cx).unwrap()[0].1, ApplyOutcome::Unchanged);
}

#[test]
fn an_edit_changes_what_was_edited_and_declares_nothing() {
    let mut cx = context();
    let manifest = |label: &str, friend: &str| {
        format!("kind: box\nmetadata: {{name: a}}\nspec: {{label: {label}, friend: {friend}}}")
    };
    outcomes("kind: box\nmetadata: {name: a}\nspec: {label: mine}", &mut cx).unwrap();
    let id = Applied::target_of("box", "a", &cx).unwrap().to_owned();
    let edited = |before: &str, after: &str, cx: &mut Context| {
        let one = |text: &str| parse(text).unwrap().remove(0);
        apply::edit(SERVICES, &id, one(before), one(after), cx)
    };
    let (before, after) = (manifest("mine", "null"), manifest("other", "a"));
    assert_eq!(edited(&before, &after, &mut cx), Ok(true));
    assert_eq!(label("a", &cx), ("other".into(), Some(id.clone())));
    assert_eq!(edited(&after, &after, &mut cx), Ok(false));
    let renamed = after.replace("name: a", "name: b");
    assert!(edited(&after, &renamed, &mut cx).unwrap_err().message.contains("cannot be edited"));
    outcomes("kind: box\nmetadata: {name: a}\nspec: {label: mine}", &mut cx).unwrap();
    assert_eq!(label("a", &cx), ("mine".into(), Some(id.clone())), "what only the editor said stays");
}

#[test]
fn documents_act_in_their_regions() {
    let mut cx = context();
    let text = "
kind: box
metadata: {name: inner, region: eu-west-1}
spec: {label: there, insideOf: outer}
---
kind: box
metadata: {name: outer}
spec: {label: here}
---
kind: box
metadata: {name: outer, region: eu-west-1}
spec: {label: there}
";
    outcomes(text, &mut cx).unwrap();
    let label = |target: &str, region: &str, cx: &mut Context| {
        let caller = crate::Caller { region: region.into(), ..cx.caller.clone() };
        cx.acting_as(caller, |cx| {
            let id = Applied::target_of("box", target, cx)?.to_owned();
            let found = cx.get::<crate::tests::Box>(&id)?;
            Some((found.label.clone(), found.inside_of.clone(), id))
        })
    };
    let home = cx.caller.region.to_string();
    let outer = label("outer", "eu-west-1", &mut cx).unwrap();
    let inner = label("inner", "eu-west-1", &mut cx).unwrap();
    assert_eq!(
        inner.1.as_deref(),
        Some(outer.2.as_str()),
        "a name is looked for in the document's own region"
    );
    assert_eq!(label("outer", &home, &mut cx).unwrap().0, "here");
    assert_eq!(label("inner", &home, &mut cx), None);
    let all = |outcome| [outcome; 3];
    let again: Vec<_> = outcomes(text, &mut cx).unwrap().into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(again, all(ApplyOutcome::Unchanged));
    // What is there and not here cannot be named from here.
    let stray = "
kind: box
metadata: {name: stray}
spec: {label: here, insideOf: inner}
";
    assert!(outcomes(stray, &mut cx).unwrap_err().message.contains("there is no box named"));
}
