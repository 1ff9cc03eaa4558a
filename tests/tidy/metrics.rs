//! Metrics have their names from the catalogue: a name given as text where it is used is one that nobody documents, and no
//! dashboard can rely on.

use crate::sources::{Source, none, rust};

const MACROS: [&str; 3] = ["counter!(", "gauge!(", "histogram!("];
const HOME: &str = "controlplane/telemetry/";

fn nameless(source: &Source) -> Vec<String> {
    source.holding(&MACROS, "metrics come from controlplane_telemetry::metrics::catalogue").collect()
}

#[test]
fn metrics_come_from_the_catalogue() {
    let broken =
        Source::new("dns/src/a.rs", "fn f() { metrics::counter!(\"hearth_oops_total\").increment(1); }");
    assert_eq!(nameless(&broken).len(), 1);
    let sources = rust();
    assert!(sources.iter().any(|source| source.path.starts_with(HOME) && !nameless(source).is_empty()));
    none(
        sources
            .iter()
            .filter(|source| !source.path.starts_with(HOME) && !source.is_test())
            .flat_map(nameless),
    );
}
