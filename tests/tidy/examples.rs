//! Every example manifest is applied, to a region in its first state and without any machine: what a newcomer copies has
//! to be right, whatever folder somebody adds.

use crate::sources::{Source, files};
use controlplane_server::FirstStart;
use controlplane_server::registry::SERVICES;
use controlplane_services_kernel::manifest::apply::{ApplyOutcome, apply};
use controlplane_services_kernel::manifest::parse;
use controlplane_services_kernel::{Context, ServiceError, View};
use controlplane_types::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The texts of each folder below `manifests/examples`, in the order of their names.
fn examples() -> BTreeMap<String, Vec<Source>> {
    let mut examples: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    let endings = [".yaml", ".yml", ".json"];
    for source in endings.iter().flat_map(|ending| files(ending)) {
        if let Some(rest) = source.path.strip_prefix("manifests/examples/") {
            let name = rest.split('/').next().unwrap_or_default().to_owned();
            examples.entry(name).or_default().push(source);
        }
    }
    examples
}

/// A region after its first start.
pub(crate) fn region() -> Context {
    let first_start = FirstStart {
        region: "us-east-1".into(),
        zones: ["a", "b", "c"].iter().map(|letter| format!("us-east-1{letter}").as_str().into()).collect(),
        further_regions: Default::default(),
        account: "123456789012".into(),
        access_key_id: None,
        secret_access_key: None,
        public_addresses: "198.18.0.0/16".parse().unwrap(),
        manifests: Vec::new(),
    };
    let kinds = SERVICES.iter().flat_map(|service| service.kinds);
    let mut cx = Context::new(View::new(kinds), first_start.root(), Timestamp::from_millis(1_000), [1; 32]);
    first_start.run(&mut cx).unwrap();
    cx
}

fn outcomes(text: &str, cx: &mut Context) -> Result<BTreeSet<&'static str>, ServiceError> {
    let applied = apply(SERVICES, parse(text)?, "default", &cx.caller.region.clone(), cx)?;
    let word = |outcome| match outcome {
        ApplyOutcome::Created => "created",
        ApplyOutcome::Configured => "configured",
        ApplyOutcome::Unchanged => "unchanged",
    };
    Ok(applied.into_iter().map(|document| word(document.outcome)).collect())
}

#[test]
fn every_example_becomes_true_and_stays_so() {
    let examples = examples();
    assert!(examples.contains_key("two-tier"), "{:?}", examples.keys());
    for (name, files) in examples {
        let text = files.iter().map(|file| file.text.as_str()).collect::<Vec<_>>().join("\n---\n");
        let mut cx = region();
        let first = outcomes(&text, &mut cx).unwrap_or_else(|error| panic!("{name}: {}", error.message));
        assert_eq!(first, BTreeSet::from(["created"]), "{name}");
        assert_eq!(outcomes(&text, &mut cx).unwrap(), BTreeSet::from(["unchanged"]), "{name}: applied again");
    }
}

#[test]
fn a_slip_in_an_example_is_seen() {
    for files in examples().values() {
        let broken = files[0].text.replacen("spec:", "speck:", 1);
        assert!(outcomes(&broken, &mut region()).is_err(), "{}", files[0].path);
    }
}
