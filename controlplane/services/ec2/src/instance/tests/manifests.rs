use super::*;
use crate::SERVICE;
use controlplane_services_kernel::Tabular;
use controlplane_services_kernel::manifest::apply::{ApplyOutcome, apply};
use controlplane_services_kernel::manifest::{Applied, Deletion, parse};
use controlplane_services_kernel::{Declarative, Service};

const SERVICES: &[&Service] = &[&SERVICE];

const WEB: &str = "
kind: launch_template
metadata: {name: web}
spec:
  launchTemplateData:
    imageId: hearth/web
    instanceType: t3.nano
    metadataOptions: {httpTokens: required}
---
kind: instance
metadata: {name: one}
spec:
  launchTemplate: {launchTemplateId: web}
  tags: {Name: first}
";

fn applied(world: &mut World, text: &str) -> Result<Vec<ApplyOutcome>, ServiceError> {
    world.account(|cx| {
        let results = apply(SERVICES, parse(text)?, "default", &cx.caller.region.clone(), cx)?;
        Ok(results.into_iter().map(|result| result.outcome).collect())
    })
}

fn id_of(world: &mut World, name: &str) -> String {
    world.account(|cx| Applied::target_of("instance", name, cx).unwrap().to_owned())
}

#[test]
fn an_instance_from_a_template_by_name() {
    let mut world = World::with_nodes();
    assert_eq!(applied(&mut world, WEB).unwrap(), [ApplyOutcome::Created; 2]);
    assert_eq!(applied(&mut world, WEB).unwrap(), [ApplyOutcome::Unchanged; 2]);
    let id = id_of(&mut world, "one");
    let instance = world.instance(&id).unwrap();
    assert_eq!(
        (instance.instance_type.as_str(), instance.metadata_options.tokens_required),
        ("t3.nano", true)
    );
    let cells = world.account(|cx| cx.get::<Instance>(&id).unwrap().cells(&id, cx));
    assert_eq!(
        (cells[0].as_str(), cells[2].as_str(), cells.len()),
        ("first", "pending", Instance::columns().len())
    );
    let spec = world.account(|cx| cx.get::<Instance>(&id).unwrap().spec(&id, cx));
    assert_eq!(spec["tags"]["Name"], "first");
}

#[test]
fn what_can_change_changes_and_the_rest_is_refused() {
    let mut world = World::with_nodes();
    applied(&mut world, WEB).unwrap();
    let tagged = WEB.replace("first", "second") + "  instanceInitiatedShutdownBehavior: terminate\n";
    let outcome = applied(&mut world, &tagged).unwrap();
    assert_eq!(outcome, [ApplyOutcome::Unchanged, ApplyOutcome::Configured]);
    let id = id_of(&mut world, "one");
    assert_eq!(world.instance(&id).unwrap().shutdown_behavior, ShutdownBehavior::Terminate);
    let error = applied(&mut world, &(tagged + "  keyName: other\n")).unwrap_err();
    assert!(error.message.contains("spec.keyName: cannot be changed"), "{}", error.message);
    let resized = |cx: &mut Context| {
        let spec = |name: &str| InstanceSpec { instance_type: Some(name.into()), ..Default::default() };
        Instance::update(&id, spec("t3.nano"), spec("t3.small"), cx)
    };
    assert_eq!(world.account(resized).unwrap_err().code, "IncorrectInstanceState");
    let stopped = Instance { state: State::Stopped, ..world.instance(&id).unwrap().clone() };
    world.account(|cx| cx.put(&id, stopped));
    world.account(resized).unwrap();
    assert_eq!(world.instance(&id).unwrap().instance_type, "t3.small");
}

#[test]
fn deleting_begins_and_applying_again_makes_a_new_one() {
    let mut world = World::with_nodes();
    applied(&mut world, WEB).unwrap();
    world.settle();
    let first = id_of(&mut world, "one");
    world.report("n1", &first, ObservedState::Running);
    assert_eq!(world.account(|cx| Instance::delete(&first, cx)).unwrap(), Deletion::Begun);
    assert_eq!(applied(&mut world, WEB).unwrap(), [ApplyOutcome::Unchanged, ApplyOutcome::Created]);
    assert_ne!(id_of(&mut world, "one"), first);
}

#[test]
fn what_is_wrong_is_named() {
    let mut world = World::with_nodes();
    for (spec, expected) in [
        ("{imageId: nothing}", "no image named \"nothing\""),
        ("{imageId: hearth/web, colour: red}", "unknown field `colour`"),
        ("{imageId: hearth/web, metadataOptions: {httpToken: x}}", "unknown field `httpToken`"),
        ("{imageId: hearth/web, metadataOptions: {HttpTokens: x}}", "small letter"),
        ("{imageId: hearth/web, metadataOptions: {httpTokens: x}}", "HttpTokens"),
        ("{imageId: hearth/web, instanceInitiatedShutdownBehavior: explode}", "stop, terminate"),
        ("{imageId: hearth/web, instanceType: m5.24xlarge}", "too big"),
    ] {
        let text = format!("kind: instance\nmetadata: {{name: x}}\nspec: {spec}");
        let error = applied(&mut world, &text).unwrap_err();
        assert!(error.message.contains(expected), "{spec}: {}", error.message);
    }
}
