//! What README.md says is what is there. The support table is generated from the registry; on a difference the test
//! prints the table that belongs there.

use controlplane_server::registry::SERVICES;
use controlplane_services_kernel::Service;
use std::fmt::Write;
use std::fs;

const BEGIN: &str = "<!-- support table: begin -->\n";
const END: &str = "<!-- support table: end -->\n";

fn readme() -> String {
    fs::read_to_string(tests::checkout().join("README.md")).unwrap()
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> Option<&'t str> {
    let start = text.find(begin)? + begin.len();
    let length = text[start..].find(end)?;
    Some(&text[start..start + length])
}

fn table() -> String {
    let mut table = String::from(
        "| service | actions at the AWS door | kinds for `hearth get` (**bold**: also manifests) |\n|---|---|---|\n",
    );
    for service in SERVICES {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {} | {} | {} |", service.name, actions(service), kinds(service));
    }
    table
}

fn actions(service: &Service) -> String {
    let mut names: Vec<&str> = service.operations.iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    or_dash(names.join(", "))
}

fn kinds(service: &Service) -> String {
    let visible = service.kinds.iter().filter(|kind| kind.table.is_some());
    let named = visible.map(|kind| match &kind.declarative {
        Some(_) => format!("**{}**", kind.name),
        None => kind.name.to_owned(),
    });
    or_dash(named.collect::<Vec<_>>().join(", "))
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

#[test]
fn the_support_table_is_the_registrys() {
    let readme = readme();
    let shown = between(&readme, BEGIN, END).unwrap_or_default();
    let table = table();
    assert!(shown == table, "README.md: the table between the marks must be\n{BEGIN}{table}{END}");
    assert!(table.contains("RunInstances") && table.contains("**auto_scaling_group**"), "{table}");
}

#[test]
fn every_target_it_names_exists() {
    let makefile = fs::read_to_string(tests::checkout().join("Makefile")).unwrap();
    let readme = readme();
    let named = readme.split("`make ").skip(1).filter_map(|rest| rest.split('`').next());
    let missing: Vec<&str> = named.filter(|target| !makefile.contains(&format!("\n{target}:"))).collect();
    assert_eq!(missing, [""; 0]);
}
