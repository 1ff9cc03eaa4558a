//! The registry against AWS's models: what is imported is served, and what is served was imported.

use controlplane_server::registry::SERVICES;
use controlplane_services_kernel::Service;
use controlplane_wire::model;
use std::collections::BTreeSet;

fn difference(service: &Service, modelled: &BTreeSet<&str>) -> Vec<String> {
    let served: BTreeSet<&str> = service.operations.iter().map(|operation| operation.name).collect();
    let unserved = modelled
        .difference(&served)
        .map(|name| format!("{}: {name} is imported but not served", service.name));
    let unknown = served
        .difference(modelled)
        .map(|name| format!("{}: {name} is served but not in the model", service.name));
    unserved.chain(unknown).collect()
}

#[test]
fn models_and_registry_agree() {
    for service in SERVICES.iter().filter(|service| !service.operations.is_empty()) {
        let model = model::services().find(|model| model.name() == service.name);
        let model = model.unwrap_or_else(|| panic!("{} has no model", service.name));
        let modelled: BTreeSet<&str> = model.operations().iter().map(|operation| &*operation.name).collect();
        assert_eq!(difference(service, &modelled), [""; 0]);
        assert_eq!(difference(service, &BTreeSet::from(["OpenTheDoor"])).len(), service.operations.len() + 1);
    }
    assert_eq!(
        model::services().len(),
        SERVICES.iter().filter(|service| !service.operations.is_empty()).count()
    );
}

#[test]
fn names_of_kinds_are_taken_once() {
    let mut names = BTreeSet::new();
    for kind in SERVICES.iter().flat_map(|service| service.kinds) {
        assert!(names.insert(kind.name), "{}", kind.name);
        let Some(table) = &kind.table else { continue };
        for name in [&[table.plural], table.short_names].concat() {
            assert!(name == kind.name || names.insert(name), "{}: {name}", kind.name);
        }
    }
}
