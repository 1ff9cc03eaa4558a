//! Starting, ending, and surviving the deaths of supervisors and agents.

use super::*;

#[tokio::test]
async fn how_it_ended_is_recorded() {
    let host = Host::new().await;
    for (id, script, code, signal) in
        [("i-0", "exit 0", 0, 0), ("i-7", "exit 7", 7, 0), ("i-3", "kill -9 $$; sleep 9 & exit 3", 3, 0)]
    {
        host.start_script(id, script).await;
        assert_eq!(host.until_ended(id).await, InstanceState::Exited { code, signal }, "{id}");
        until("its control groups are gone", || (!host.group("devices", id).exists()).then_some(())).await;
    }
}

#[tokio::test]
async fn a_killed_first_process_takes_everything_with_it() {
    let host = Host::new().await;
    host.start_script("i-1", "sleep 4711 & sleep 4711 & wait").await;
    let members = host.group("pids", "i-1").join("cgroup.procs");
    let pids = until("three processes", || {
        let pids: Vec<i32> =
            fs::read_to_string(&members).ok()?.lines().map(|it| it.parse().unwrap()).collect();
        (pids.len() == 3).then_some(pids)
    })
    .await;
    kill(host.recorded("i-1", "pid"));
    assert_eq!(host.until_ended("i-1").await, InstanceState::Exited { code: 137, signal: 9 });
    for pid in pids {
        until("the others end too", || is_dead(pid).then_some(())).await;
    }
}

#[tokio::test]
async fn a_change_wakes_who_waits_for_it() {
    let host = Host::new().await;
    host.start_script("i-1", "sleep 4711").await;
    host.containers.changed().await;
    kill(host.recorded("i-1", "pid"));
    while host.observe("i-1").unwrap().state == InstanceState::Running {
        tokio::time::timeout(Duration::from_secs(30), host.containers.changed()).await.expect("a wake-up");
    }
}

#[tokio::test]
async fn stop_asks_first_and_keeps_the_disk() {
    let host = Host::new().await;
    host.start_script("i-1", "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 1; done").await;
    host.until_printed("i-1", "ready").await;
    host.containers.stop("i-1", 20_000).await.unwrap();
    assert_eq!(host.observe("i-1").unwrap().state, InstanceState::Stopped);
    assert!(host.console("i-1").await.contains("asked"));
}

/// DHCP options come with a start: what the instance made of the file itself stays until they change.
#[tokio::test]
async fn name_servers_change_with_a_start() {
    const BLUE: (&[&str], &[&str]) = (&["192.0.2.53", "2001:db8::53"], &["corp.example", "example"]);
    const GREEN: (&[&str], &[&str]) = (&["198.51.100.53", "1.1.1.1\noptions rotate"], &[]);
    let blue = "search corp.example example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n";
    let green = "nameserver 198.51.100.53\n";
    let host = Host::new().await;
    let cases = [
        (None, "", "echo own >/etc/resolv.conf"),
        (None, "own\n", "true"),
        (Some(BLUE), blue, "echo own >/etc/resolv.conf"),
        (Some(BLUE), "own\n", "true"),
        (Some(GREEN), green, "true"),
        (None, "", "true"),
    ];
    for (run, (options, expected, change)) in (1..).zip(cases) {
        let mut request = host.request("i-1", &["sleep", "4711"]);
        request.instance.run = run;
        let told = options.map(|(servers, names)| proto::DhcpOptions {
            domain_name_servers: servers.iter().map(ToString::to_string).collect(),
            domain_names: names.iter().map(ToString::to_string).collect(),
        });
        request.instance.dhcp_options = told.map(Box::new);
        host.containers.start(request).await.unwrap();
        let script = format!("cat /etc/resolv.conf; {change}");
        assert_eq!(host.inside("i-1", &script).await.0, expected, "run {run}");
        host.containers.stop("i-1", 0).await.unwrap();
    }
}

#[tokio::test]
async fn stop_kills_what_does_not_listen() {
    let host = Host::new().await;
    host.start_script("i-1", "trap '' TERM; while :; do sleep 1; done").await;
    let begun = Instant::now();
    host.containers.stop("i-1", 100).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!(host.observe("i-1").unwrap().state, InstanceState::Stopped);
}

#[tokio::test]
async fn a_killed_supervisor_is_replaced_and_nobody_inside_notices() {
    let host = Host::new().await;
    host.start_script("i-1", "while :; do echo tick; sleep 0.05; done").await;
    let (pid, supervisor) = (host.recorded("i-1", "pid"), host.recorded("i-1", "supervisor"));
    kill(supervisor);
    let before = host.console("i-1").await.len();
    let limit = Instant::now() + Duration::from_secs(30);
    while host.console("i-1").await.len() <= before {
        assert!(Instant::now() < limit, "its output is kept again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(
        (host.recorded("i-1", "pid"), host.observe("i-1").unwrap().state),
        (pid, InstanceState::Running)
    );
    kill(pid);
    assert_eq!(host.until_ended("i-1").await, InstanceState::Exited { code: 137, signal: 9 });
}

#[tokio::test]
async fn another_agent_finds_everything() {
    let mut host = Host::new().await;
    host.start_script("i-1", "sleep 4711").await;
    host.start_script("i-2", "exit 4").await;
    host.until_ended("i-2").await;
    let before = host.observe("i-1").unwrap();
    // While nobody is there: a supervisor dies, and another instance ends.
    host.start_script("i-3", "sleep 4711").await;
    host.containers.0.watches.end();
    kill(host.recorded("i-1", "supervisor"));
    kill(host.recorded("i-3", "pid"));
    host.replace_agent().await;
    assert_eq!(host.observe("i-1").unwrap(), before);
    assert_eq!(host.observe("i-2").unwrap().state, InstanceState::Exited { code: 4, signal: 0 });
    assert_eq!(host.until_ended("i-3").await, InstanceState::Exited { code: 137, signal: 9 });
    assert_eq!(host.inside("i-1", "echo $PPID").await, ("0\n".into(), 0));
    host.containers.stop("i-1", 0).await.unwrap();
    assert_eq!(host.observe("i-1").unwrap().state, InstanceState::Stopped);
}

#[tokio::test]
async fn a_machine_taken_down_leaves_stopped_instances() {
    let mut host = Host::new().await;
    host.start_script("i-1", "echo kept >/kept; echo written; sleep 4711").await;
    host.until_printed("i-1", "written").await;
    host.containers.0.watches.end();
    kill(host.recorded("i-1", "supervisor"));
    let pid = host.recorded("i-1", "pid");
    kill(pid);
    until("the first process is gone", || is_dead(pid).then_some(())).await;
    host.replace_agent().await;
    assert_eq!(host.observe("i-1").unwrap().state, InstanceState::Stopped);
    host.start_script("i-1", "cat /kept; sleep 4711").await;
    host.until_printed("i-1", "kept").await;
}

#[tokio::test]
async fn a_failed_start_leaves_nothing() {
    let host = Host::new().await;
    let missing = host.containers.start(host.request("i-1", &["/no/such/program"])).await.unwrap_err();
    assert!(
        matches!(&missing, BackendError::Permanent(text) if text.contains("/no/such/program")),
        "{missing:?}"
    );
    let unusable = host.containers.start(host.request("i-1", &["/etc/passwd"])).await.unwrap_err();
    assert!(matches!(&unusable, BackendError::Permanent(_)), "{unusable:?}");
    let mut elsewhere = host.request("i-1", &[]);
    elsewhere.netns = "/nowhere".into();
    assert!(matches!(host.containers.start(elsewhere).await, Err(BackendError::Retry(_))));
    let mut unknown = host.request("i-1", &[]);
    unknown.image.digest = "sha256:ff".into();
    assert!(host.containers.start(unknown).await.unwrap_err().to_string().contains("not on this machine"));
    let mut upwards = host.request("../i-1", &[]);
    upwards.instance.run = 2;
    assert!(matches!(host.containers.start(upwards).await, Err(BackendError::Permanent(_))));
    assert!(host.containers.instances().unwrap().is_empty());
    assert!(!host.group("memory", "i-1").exists());
    assert_eq!(fs::read_dir(host.folder.path().join("run/instances")).unwrap().count(), 0);
}

#[tokio::test]
async fn an_image_in_use_stays() {
    let host = Host::new().await;
    host.start_script("i-1", "exit 0").await;
    let error = host.containers.remove_image("sha256:0b").unwrap_err();
    assert!(error.to_string().contains("in use by i-1"), "{error}");
    host.containers.remove("i-1").await.unwrap();
    host.containers.remove_image("sha256:0b").unwrap();
}

#[tokio::test]
async fn the_built_in_image_runs_user_data_once_and_serves_its_id() {
    let host = Host::new().await;
    let mut request = host.request("i-web", &[]);
    request.instance.user_data = b"#!/bin/sh\necho user data was here | tee -a /ran\n".to_vec();
    host.containers.start(request.clone()).await.unwrap();
    host.until_printed("i-web", "serves on port 80").await;
    assert!(host.console("i-web").await.contains("user data was here"));
    let ask = "for path in / /health; do until wget -qO- http://127.0.0.1$path; do usleep 10000; done; done";
    assert_eq!(host.inside("i-web", ask).await, ("i-web\nok\n".into(), 0));
    host.containers.stop("i-web", 20_000).await.unwrap();
    assert!(host.console("i-web").await.contains("i-web stops"), "it listens to SIGTERM");
    request.instance.run = 2;
    host.containers.start(request).await.unwrap();
    until("the second start", || (host.observe("i-web").unwrap().run == 2).then_some(())).await;
    assert_eq!(host.inside("i-web", ask).await.1, 0);
    assert_eq!(host.inside("i-web", "wc -l </ran").await.0.trim(), "1");
}

/// Whatever a client may write, as far as it gets to a machine: it stays what it is, a text.
#[tokio::test]
async fn no_text_of_an_instance_is_a_command_to_its_machine() {
    let host = Host::new().await;
    let marker = host.folder.path().join("run-by-a-shell");
    let command = format!("x\n$(touch {0}) `touch {0}`; touch {0} & \"'|| touch {0} #\n", marker.display());
    let mut request = host.request("i-text", &["sh", "-c", "while :; do sleep 1; done", &command]);
    request.instance.user_data = command.clone().into_bytes();
    request.instance.hostname = format!("web\n192.0.2.1 {command}");
    request.instance.dhcp_options = Some(
        proto::DhcpOptions {
            domain_name_servers: vec!["192.0.2.53".into(), format!("192.0.2.54\nnameserver {command}")],
            domain_names: vec![command.clone()],
        }
        .into(),
    );
    request.image.environment = vec![format!("TEXT={command}")];
    request.instance.metadata = Some(Box::new(proto::Metadata {
        key_name: command.clone(),
        public_key: format!("ssh-ed25519 AAAA me\nssh-ed25519 BBBB {command}"),
        tags: [(command.clone(), command.clone())].into(),
        ..proto::Metadata::default()
    }));
    host.containers.start(request).await.unwrap();
    let inside = async |script: &str| host.inside("i-text", script).await.0;
    assert_eq!(inside("cat /var/lib/hearth/user-data").await, command);
    let environment = inside("tr '\\0' '\\n' </proc/1/environ").await;
    assert!(environment.contains(&format!("TEXT={command}")), "{environment}");
    assert_eq!(inside("hostname").await, "i-text\n");
    assert_eq!(inside("cat /etc/hosts").await, "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 i-text\n");
    assert_eq!(inside("cat /etc/resolv.conf").await, "nameserver 192.0.2.53\n");
    assert_eq!(inside("cat /root/.ssh/authorized_keys").await, "ssh-ed25519 AAAA me\n");
    assert!(!marker.exists());
}

/// The program as a person calls it: output, errors and exit code.
fn shim(host: &Host, arguments: &[&str]) -> (String, String, Option<i32>) {
    let program =
        Shim::find(None, PathBuf::new()).unwrap().exec("none", None, &[]).as_std().get_program().to_owned();
    let (verb, rest) = arguments.split_first().unwrap();
    let root = host.folder.path().join("run/instances");
    let ended = Command::new(program).arg(verb).arg("--root").arg(root).args(rest).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(ended.stdout), text(ended.stderr), ended.status.code())
}

#[tokio::test]
async fn the_shim_is_a_command_of_its_own() {
    let host = Host::new().await;
    let rootfs = host.containers.images().root("sha256:0b").unwrap().display().to_string();
    let parent = format!("hearth/{}", host.name);
    let run = |id: &str, options: &[&str], command: &[&str]| {
        let common = ["run", "--id", id, "--rootfs", &rootfs, "--cgroup-parent", &parent];
        shim(&host, &[&common[..], options, command].concat())
    };
    let states = || fs::read_dir(host.folder.path().join("run/instances")).unwrap().count();

    let (printed, errors, code) =
        run("a", &["--rm", "--env", "A=b c"], &["sh", "-c", "echo $A $$; echo no >&2; exit 3"]);
    assert_eq!((printed.as_str(), errors.as_str(), code), ("b c 1\n", "no\n", Some(3)));
    assert_eq!(
        run("a", &["--rm"], &["sh", "-c", "kill -9 $$; exit 0"]).2,
        Some(0),
        "process 1 is immune to its own"
    );
    for (command, code) in [("/no/such", 127), ("nosuch", 127), ("/etc/passwd", 126), ("/etc", 126)] {
        assert_eq!(run("a", &[], &[command]).2, Some(code), "{command}");
    }
    assert_eq!(run("a", &["--netns", "/nowhere"], &["true"]).2, Some(125));
    assert_eq!(states(), 0, "nothing is left of what ended or failed");

    assert_eq!(run("a", &["--detach"], &["sleep", "4711"]).2, Some(0));
    assert!(run("a", &[], &["true"]).1.contains("id: a is in use"));
    assert!(shim(&host, &["start", "a"]).1.contains("it has a supervisor"));
    assert!(shim(&host, &["rm", "a"]).1.contains("--force"));
    assert_eq!(shim(&host, &["exec", "a", "--", "echo", "--in"]), ("--in\n".into(), String::new(), Some(0)));
    for _ in 0..2 {
        assert_eq!(shim(&host, &["rm", "--force", "a"]), (String::new(), String::new(), Some(0)));
    }
    assert_eq!(states(), 0);
    assert!(shim(&host, &["stop", "a"]).1.contains("no such container"));
    assert!(!host.group("memory", "a").exists());
}

#[tokio::test]
async fn purging_leaves_no_trace() {
    let host = Host::new().await;
    host.start_script("i-1", "sleep 4711").await;
    host.start_script("i-2", "sleep 4711").await;
    kill(host.recorded("i-2", "supervisor"));
    let pids = [host.recorded("i-1", "pid"), host.recorded("i-2", "pid")];
    host.containers.purge().await.unwrap();
    assert!(pids.into_iter().all(is_dead));
    assert!(!host.group("memory", "").exists() && !host.group("devices", "").exists());
    for folder in ["run/instances", "data/instances", "data/images"] {
        assert!(!host.folder.path().join(folder).exists(), "{folder}");
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let own = format!("{}/", host.folder.path().display());
    let left: Vec<_> =
        mounts.lines().filter(|line| line.contains(&own) && !line.contains("/netns")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Gone, or a corpse that nobody has reaped.
fn is_dead(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.is_empty() || stat.contains(") Z ")
}
