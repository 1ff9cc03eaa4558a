//! The command line, command by command, against one small instance.

use crate::inside;
use crate::lab::{Lab, PATIENCE, said, same, until};
use serde_json::Value;

const SMALL: &str = "kind: Instance
metadata: {name: small}
spec: {imageId: hearth/web, instanceType: t3.nano, tags: {role: test}}";

#[test]
fn every_command_does_what_it_says() {
    let lab = Lab::start();
    dry_runs_change_nothing(&lab);
    lab.applied(SMALL);
    lab.ok(&["wait", "instance", "small", "--for=status.state=running"]);
    get_prints_every_form(&lab);
    get_selects_sorts_and_takes_any_names(&lab);
    a_shell_is_offered_what_there_is(&lab);
    exec_passes_streams_and_exit_codes(&lab);
    logs_show_the_console(&lab);
    inside::top_measures(&lab);
    inside::ports_are_forwarded(&lab);
    let description = lab.ok(&["describe", "i/small"]);
    assert!(
        ["role: test", "state: running", "Placed: on "].iter().all(|word| description.contains(word)),
        "{description}"
    );
    diff_shows_what_apply_would_change(&lab);
    delete_removes_it(&lab);
    assert_eq!(lab.end(), Vec::<String>::new());
}

fn dry_runs_change_nothing(lab: &Lab) {
    let manifest = lab.machine.folder().join("small.yaml");
    std::fs::write(&manifest, SMALL).unwrap();
    let told = lab.ok(&["apply", "--dry-run", "-f", &manifest.display().to_string()]);
    assert!(told.contains("instance/small"), "{told}");
    assert!(lab.instances().is_empty());
}

fn diff_shows_what_apply_would_change(lab: &Lab) {
    let manifest = lab.machine.folder().join("changed.yaml");
    let differs = |text: &str| {
        std::fs::write(&manifest, text).unwrap();
        let output = lab.hearth(&["diff", "-f", &manifest.display().to_string()]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(differs(SMALL), (Some(0), String::new()));
    let (code, text) = differs(&SMALL.replace("role: test", "role: proof"));
    assert_eq!(code, Some(1));
    assert!(text.contains("\n-    role: test\n+    role: proof\n"), "{text}");
    let (_, text) = differs("kind: Vpc\nmetadata: {name: new}\nspec: {cidrBlock: 10.77.0.0/16}");
    assert!(text.contains("\n+  cidrBlock: 10.77.0.0/16\n"), "{text}");
    assert!(lab.ok(&["get", "i/small", "-o", "yaml"]).contains("role: test"), "nothing was changed");
    assert_eq!(differs("kind: Vpc\nmetadata: {name: new}\nspec: {cidrBlock: x}").0, Some(4));
}

fn get_prints_every_form(lab: &Lab) {
    let id = lab.instance("small").id;
    let get = |form: &str| lab.ok(&["get", "instances", "-o", form]);
    assert_eq!(get("name"), "instance/small\n");
    let (table, wide) = (get("table"), get("wide"));
    for text in [&table, &wide] {
        assert!(text.starts_with("NAME") && text.contains(&id), "{text}");
    }
    assert!(wide.len() > table.len());
    let json: Value = serde_json::from_str(&get("json")).unwrap();
    assert_eq!(json["items"][0]["metadata"]["id"], Value::from(id.clone()));
    assert!(get("yaml").contains(&id));
    let template = r#"jsonpath={range .items[*]}{.metadata.id} is {.status.state}{end}"#;
    assert_eq!(get(template), format!("{id} is running\n"));
    assert_eq!(
        get("custom-columns=ID:.metadata.id,ROLE:.spec.tags.role"),
        columns(&[["ID", "ROLE"], [&id, "test"]])
    );
    assert_eq!(lab.get("instance", &id), lab.get("instance", "small"), "by id and by name");
}

/// Lines whose second column begins where a longest first cell lets it.
fn columns(rows: &[[&str; 2]]) -> String {
    let width = rows.iter().map(|[first, _]| first.len()).max().unwrap_or_default() + 2;
    rows.iter().map(|[first, second]| format!("{first:<width$}{second}\n")).collect()
}

fn get_selects_sorts_and_takes_any_names(lab: &Lab) {
    let get = |words: &[&str]| lab.ok(&[&["get", "-o", "name"], words].concat());
    assert_eq!(get(&["i", "-l", "role=test"]), "instance/small\n");
    assert_eq!(get(&["i", "-l", "role!=test"]), "");
    assert_eq!(get(&["instance/small", "i/small"]), "instance/small\ninstance/small\n");
    let nodes = get(&["nodes", "--sort-by", ".metadata.name"]);
    let mut sorted: Vec<_> = nodes.lines().collect();
    sorted.sort_unstable();
    assert_eq!(nodes.lines().collect::<Vec<_>>(), sorted);
    let all = get(&["all"]);
    assert!(["instance/small", "node/", "image/", "vpc/"].iter().all(|name| all.contains(name)), "{all}");
    let tables = lab.ok(&["get", "nodes,instances"]);
    assert!(tables.contains("\ninstance/small ") && tables.starts_with("NAME"), "{tables}");
}

fn a_shell_is_offered_what_there_is(lab: &Lab) {
    let cases: [(&[&str], &[&str]); 6] = [
        (&["desc"], &["describe"]),
        (&["get", "inst"], &["instances"]),
        (&["get", "i", "sm"], &["small"]),
        (&["describe", "i/"], &["i/small"]),
        (&["logs", "s"], &["small"]),
        (&["get", "i", "-o", "js"], &["json", "jsonpath="]),
    ];
    for (words, offered) in cases {
        assert_eq!(completed(lab, words), offered, "{words:?}");
    }
    for shell in ["zsh", "fish", "elvish"] {
        assert!(lab.ok(&["completion", shell]).contains("HEARTH_COMPLETE"), "{shell}");
    }
}

/// What bash offers for the last of `words`.
fn completed(lab: &Lab, words: &[&str]) -> Vec<String> {
    let (program, current) = (tests::program("hearth"), words.last().unwrap());
    let script = format!(
        r#"hearth() {{ '{program}' "$@"; }}
        source <(hearth completion bash)
        COMP_WORDS=(hearth {words}) COMP_CWORD={place} COMP_TYPE=9
        _clap_complete_hearth hearth '{current}' ''
        printf '%s\n' "${{COMPREPLY[@]}}""#,
        program = program.display(),
        words = words.join(" "),
        place = words.len(),
    );
    let mut bash = lab.machine.command("bash");
    let output = bash.env("HEARTH_DATA_DIR", lab.machine.data_dir()).args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let mut offered: Vec<_> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim().to_owned()).collect();
    offered.retain(|word| !word.is_empty());
    offered
}

fn exec_passes_streams_and_exit_codes(lab: &Lab) {
    let output = lab.exec("small", &["sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!(output.status.code(), Some(7), "{}", said(&output));
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(lab.exec("small", &["true"]).status.code(), Some(0));
    assert_eq!(lab.exec("small", &["no-such-program"]).status.code(), Some(127));
}

fn logs_show_the_console(lab: &Lab) {
    let id = lab.instance("small").id;
    until("the console has a line", PATIENCE, || {
        let text = lab.ok(&["logs", "small"]);
        if text.contains(&format!("{id} serves on port 80")) { Ok(()) } else { Err(text) }
    });
    assert_eq!(lab.ok(&["logs", "small", "--tail", "1"]).lines().count(), 1);
}

fn delete_removes_it(lab: &Lab) {
    let id = lab.instance("small").id;
    lab.ok(&["delete", "instance", "small"]);
    until("it is terminated", PATIENCE, || match lab.instances().get(&id) {
        None => Ok(()),
        Some(instance) => same(&instance["status"]["state"], &Value::from("terminated")),
    });
    until("its processes are gone", PATIENCE, || {
        let folder = lab.machine.run_dir().join("instances").join(&id);
        if folder.exists() { Err(folder.display().to_string()) } else { Ok(()) }
    });
    assert_ne!(lab.exec(&id, &["true"]).status.code(), Some(0));
}
