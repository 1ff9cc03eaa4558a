//! The command line, command by command, against one small instance.

use crate::inside;
use crate::lab::{Component, Lab, PATIENCE, said, same, until};
use serde_json::Value;
use std::collections::BTreeSet;

/// Beside the one a server has unless told otherwise.
const OTHER_ACCOUNT: &str = "210987654321";
const SMALL: &str = "kind: Instance
metadata: {name: small}
spec: {imageId: hearth/web, instanceType: t3.nano, tags: {role: test}}";

#[test]
fn every_command_does_what_it_says() {
    let mut lab = Lab::start();
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
    inside::programs_take_on_the_role(&lab);
    let description = lab.ok(&["describe", "i/small"]);
    assert!(
        ["role: test", "state: running", "Placed: on "].iter().all(|word| description.contains(word)),
        "{description}"
    );
    diff_shows_what_apply_would_change(&lab);
    drift_is_shown_and_brought_back(&lab);
    edit_changes_what_the_editor_changed(&lab);
    explain_tells_what_a_manifest_may_say(&lab);
    policies_are_asked(&lab);
    prune_follows_a_tag(&lab);
    delete_removes_it(&lab);
    get_shows_every_account(&mut lab);
    assert_eq!(lab.end(), Vec::<String>::new());
}

fn policies_are_asked(lab: &Lab) {
    lab.aws("iam", "Action=CreateUser&Version=2010-05-08&UserName=alice");
    let readers = "Action=AttachUserPolicy&Version=2010-05-08&UserName=alice&PolicyArn=arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess";
    lab.aws("iam", readers);
    for (arguments, code, words) in [
        (&["ec2:DescribeInstances", "--as", "user/alice"][..], 0, "yes: allowed by AmazonEC2ReadOnlyAccess"),
        (&["ec2:TerminateInstances", "*", "--as", "user/alice"], 1, "no: no policy allows it"),
        (&["ec2:TerminateInstances"], 0, "yes: whoever comes in by certificate"),
    ] {
        let output = lab.hearth(&[&["auth", "can-i"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
    }
    let unknown = lab.hearth(&["auth", "can-i", "ec2:RunInstances", "--as", "user/nobody"]);
    assert_eq!(unknown.status.code(), Some(3));
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

/// What anybody changes through the AWS API: a declared tag comes back, an undeclared one stays.
fn drift_is_shown_and_brought_back(lab: &Lab) {
    let id = lab.instance("small").id;
    lab.aws("ec2", &format!(
        "Action=CreateTags&Version=2016-11-15&ResourceId.1={id}&Tag.1.Key=role&Tag.1.Value=drift&Tag.2.Key=theirs&Tag.2.Value=kept"
    ));
    let manifest = lab.machine.folder().join("small.yaml").display().to_string();
    let output = lab.hearth(&["diff", "-f", &manifest]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("\n-    role: drift\n+    role: test\n"), "{text}");
    let apply = || lab.ok(&["apply", "-f", &manifest]);
    assert_eq!(apply(), format!("instance/small configured  {id}\n"));
    let tags = lab.ok(&["get", "i/small", "-o", "jsonpath={.spec.tags.role} {.spec.tags.theirs}"]);
    assert_eq!(tags, "test kept\n");
    assert_eq!(apply(), format!("instance/small unchanged  {id}\n"));
    assert!(lab.hearth(&["diff", "-f", &manifest]).stdout.is_empty());
}

/// The editor takes a tag away that others gave, changes one, and adds one; the manifest goes on to declare what it declared.
fn edit_changes_what_the_editor_changed(lab: &Lab) {
    let id = lab.instance("small").id;
    let edit = |script: &str| {
        let mut command = lab.machine.hearth();
        command.env("EDITOR", format!("sed -i {script}")).env_remove("VISUAL");
        let output = command.args(["edit", "i/small"]).output().unwrap();
        (output.status.success(), said(&output))
    };
    let (done, told) =
        edit("-e /theirs/d;s/role:.*/role:\\x20proof/;s/tags:/&\\n\\x20\\x20\\x20\\x20added:\\x20here/");
    assert!(done && told.contains(&format!("i/small configured  {id}")), "{told}");
    let tags = || lab.ok(&["get", "i/small", "-o", "jsonpath={.spec.tags}"]);
    assert_eq!(tags(), "{\"added\":\"here\",\"role\":\"proof\"}\n");
    let (done, told) = edit("s/t3.nano/no.such/");
    assert!(!done && told.contains("what you wrote is in"), "{told}");
    let (done, told) = edit("s/nothing/changes/");
    assert!(done && told.contains("unchanged"), "{told}");
    lab.applied(SMALL);
    assert_eq!(tags(), "{\"added\":\"here\",\"role\":\"test\"}\n");
}

fn explain_tells_what_a_manifest_may_say(lab: &Lab) {
    let text = lab.ok(&["explain", "vpc"]);
    assert!(text.starts_with("KIND:     vpc\nVERSION:  ec2/2016-11-15\n"), "{text}");
    assert!(text.contains("  cidrBlock <string> -required- -immutable-\n"), "{text}");
    let text = lab.ok(&["explain", "i.metadataOptions.httpTokens"]);
    assert!(text.contains("One of: \"required\", \"optional\"."), "{text}");
    let text = lab.ok(&["explain", "asg", "--recursive"]);
    assert!(
        text.contains("\n  launchTemplate <object> -required-\n    launchTemplateId <string> -required-\n"),
        "{text}"
    );
    for (what, expected) in [
        ("vpc.cidrBlok", "did you mean cidrBlock?"),
        ("node", "nothing that a manifest declares"),
        ("nothing", "there is no kind"),
    ] {
        let output = lab.hearth(&["explain", what]);
        assert!(!output.status.success() && said(&output).contains(expected), "{what}: {}", said(&output));
    }
}

/// Two networks with a tag each: what is pruned has the tag and is not in the documents.
fn prune_follows_a_tag(lab: &Lab) {
    let network = |name: &str, third: u8| {
        format!(
            "kind: Vpc\nmetadata: {{name: {name}}}\nspec: {{cidrBlock: 10.{third}.0.0/16, tags: {{shop: {name}}}}}"
        )
    };
    let manifest = lab.machine.folder().join("networks.yaml");
    std::fs::write(&manifest, [network("one", 81), network("two", 82), network("three", 83)].join("\n---\n"))
        .unwrap();
    let file = manifest.display().to_string();
    lab.ok(&["apply", "-f", &file]);
    std::fs::write(&manifest, network("one", 81)).unwrap();
    for (words, expected) in [
        (&["--prune"][..], "a prune needs the name of a set, or tags"),
        (&["--prune", "-l", "!shop"], "this selects records without any tags too"),
        (&["-l", "shop=two"], "--prune"),
        (&["--prune", "-l", "shop in two"], "is no list"),
    ] {
        let output = lab.hearth(&[&["apply", "-f", &file], words].concat());
        assert!(!output.status.success() && said(&output).contains(expected), "{words:?}: {}", said(&output));
    }
    let names = || lab.ok(&["get", "vpc", "-l", "shop", "--sort-by", ".metadata.name", "-o", "name"]);
    let told = lab.ok(&["apply", "-f", &file, "--prune", "-l", "shop=two", "--dry-run"]);
    assert!(told.contains("vpc/two deleted (dry run)") && !told.contains("three"), "{told}");
    assert_eq!(names(), "vpc/one\nvpc/three\nvpc/two\n");
    let told = lab.ok(&["apply", "-f", &file, "--prune", "-l", "shop=two"]);
    assert!(told.contains("vpc/one unchanged") && told.contains("vpc/two deleted"), "{told}");
    assert_eq!(names(), "vpc/one\nvpc/three\n");
    let told =
        lab.ok(&["apply", "-f", &file, "--prune", "-l", "shop=three", "--apply-set", "other", "--dry-run"]);
    assert!(!told.contains("three"), "another set: {told}");
    lab.ok(&["delete", "vpc/one", "vpc/three"]);
}

/// A server that is started for another account makes that one too: with its own key, network and names.
fn get_shows_every_account(lab: &mut Lab) {
    let first = lab.ok(&[
        "get",
        "vpc",
        "-o",
        "jsonpath={range .items[*]}{.metadata.account} {.metadata.id}{\"\\n\"}{end}",
    ]);
    lab.kill(Component::Server);
    lab.start_server(&["--account-id", OTHER_ACCOUNT]);
    let second = "kind: Vpc\nmetadata: {name: one}\nspec: {cidrBlock: 10.81.0.0/16}";
    lab.applied(second);
    let own = lab.ok(&["get", "vpc", "-o", "name"]);
    assert!(own.contains("vpc/one"), "{own}");
    let table = lab.ok(&["get", "vpc", "-A"]);
    let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(lines.next().unwrap()[0], "ACCOUNT");
    let accounts: BTreeSet<&str> = lines.map(|words| words[0]).collect();
    let (account, id) = first.trim().split_once(' ').unwrap();
    assert_eq!(accounts, BTreeSet::from([account, OTHER_ACCOUNT]), "{table}");
    assert!(table.contains(id) && !lab.ok(&["get", "vpc"]).contains(id), "{table}");
    let all = lab.ok(&["get", "all", "-A"]);
    assert!(all.lines().any(|line| line.starts_with(account) && line.contains("vpc/")), "{all}");
    for words in [&["get", "vpc", "one", "-A"][..], &["get", "vpc", "-A", "-w"]] {
        assert!(!lab.hearth(words).status.success(), "{words:?}");
    }
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
        (&["get", "inst"], &["instance_profiles", "instances"]),
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
