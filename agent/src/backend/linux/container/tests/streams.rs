//! Consoles, and commands with and without a terminal.

use super::*;
use crate::backend::ExecInput;

#[tokio::test]
async fn the_console_is_bounded_and_keeps_the_newest() {
    let host = Host::new().await;
    host.start_script("i-1", "seq 1 400000; echo the end").await;
    host.until_ended("i-1").await;
    let all = host.console("i-1").await;
    assert!(all.ends_with("400000\nthe end\n"));
    assert!((500_000..=1 << 20).contains(&all.len()), "{}", all.len());
    // Nothing is missing in what is kept, over the seam between the two files too.
    let numbers: Vec<u32> = all.lines().skip(1).filter_map(|line| line.parse().ok()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    let mut tail = host.containers.console("i-1", 8, false).unwrap();
    assert_eq!(tail.recv().await.unwrap(), b"the end\n");
    assert_eq!(tail.recv().await, None);
}

#[tokio::test]
async fn output_survives_the_agent_and_redirections() {
    let mut host = Host::new().await;
    host.start_script("i-1", "echo one; echo two >/dev/stderr; su -s /bin/sh nobody -c 'echo three >/dev/stdout'; until [ -e /go ]; do usleep 9000; done; echo four; exit 0").await;
    host.containers.0.watches.end();
    assert_eq!(host.inside("i-1", "touch /go").await.1, 0);
    host.until_ended("i-1").await;
    host.replace_agent().await;
    assert_eq!(host.console("i-1").await, "one\ntwo\nthree\nfour\n");
}

#[tokio::test]
async fn a_console_can_be_followed_over_a_restart_until_the_removal() {
    let host = Host::new().await;
    host.start_script("i-1", "echo first; sleep 4711").await;
    let mut following = host.containers.console("i-1", 0, true).unwrap();
    let mut seen = String::new();
    while seen != "first\n" {
        seen += &String::from_utf8(following.recv().await.unwrap()).unwrap();
    }
    host.containers.stop("i-1", 0).await.unwrap();
    host.start_script("i-1", "echo second; sleep 4711").await;
    while seen != "first\nsecond\n" {
        seen += &String::from_utf8(following.recv().await.unwrap()).unwrap();
    }
    host.containers.remove("i-1").await.unwrap();
    assert_eq!(following.recv().await, None);
    assert!(host.containers.console("i-1", 0, false).is_err());
}

#[tokio::test]
async fn commands_have_a_terminal_when_asked() {
    let host = Host::new().await;
    host.start_script("i-1", "sleep 4711").await;
    let request = |script: &str| {
        let command = vec!["sh".into(), "-c".into(), script.into()];
        ExecRequest { command, terminal: Some((24, 80)) }
    };
    let session = host.containers.exec("i-1", request("tty; stty size")).unwrap();
    assert_eq!(collect(session.output).await, ("/dev/pts/0\r\n24 80\r\n".into(), 0));
    let session =
        host.containers.exec("i-1", request("read line; echo got $line; stty size; exit 5")).unwrap();
    session.input.send(ExecInput::Resize(50, 132)).await.unwrap();
    session.input.send(ExecInput::Stdin(b"hello\n".to_vec())).await.unwrap();
    let (printed, code) =
        tokio::time::timeout(Duration::from_secs(30), collect(session.output)).await.unwrap();
    assert_eq!(code, 5, "{printed}");
    assert!(printed.contains("got hello\r\n50 132\r\n"), "{printed}");
}

#[tokio::test]
async fn closing_the_input_ends_it_with_and_without_a_terminal() {
    let host = Host::new().await;
    host.start_script("i-1", "sleep 4711").await;
    for terminal in [None, Some((24, 80))] {
        let command = vec!["cat".into()];
        let session = host.containers.exec("i-1", ExecRequest { command, terminal }).unwrap();
        session.input.send(ExecInput::Stdin(b"line\n".to_vec())).await.unwrap();
        drop(session.input);
        let (printed, code) =
            tokio::time::timeout(Duration::from_secs(30), collect(session.output)).await.unwrap();
        assert!(printed.ends_with("line\n") || printed.ends_with("line\r\n"), "{printed:?}");
        assert_eq!(code, 0);
    }
}

#[tokio::test]
async fn a_lot_of_data_passes_both_ways() {
    let host = Host::new().await;
    host.start_script("i-1", "sleep 4711").await;
    let command = vec!["sha256sum".into()];
    let session = host.containers.exec("i-1", ExecRequest { command, terminal: None }).unwrap();
    let chunk = vec![7; 100_000];
    let mut whole = crate::archive::Fingerprint::default();
    for _ in 0..50 {
        session.input.send(ExecInput::Stdin(chunk.clone())).await.unwrap();
        whole.update(&chunk);
    }
    drop(session.input);
    let (printed, _) = collect(session.output).await;
    assert_eq!(format!("sha256:{}", &printed[..64]), whole.finish().0);
    let (printed, code) = host.inside("i-1", "head -c 3000000 /dev/zero | tr '\\0' x; exit 2").await;
    assert_eq!((printed.len(), code), (3_000_000, 2));
}

#[tokio::test]
async fn a_dropped_session_kills_its_command() {
    let host = Host::new().await;
    host.start_script("i-1", "sleep 4711").await;
    for terminal in [None, Some((24, 80))] {
        let command = vec!["sleep".into(), "1234".into()];
        let session = host.containers.exec("i-1", ExecRequest { command, terminal }).unwrap();
        let members = host.group("pids", "i-1").join("cgroup.procs");
        let count = || fs::read_to_string(&members).unwrap().lines().count();
        until("the command runs", || (count() == 2).then_some(())).await;
        drop(session);
        until("the command is gone", || (count() == 1).then_some(())).await;
    }
}

#[tokio::test]
async fn commands_that_cannot_run_say_why() {
    let host = Host::new().await;
    let request = |command: &[&str]| ExecRequest {
        command: command.iter().map(ToString::to_string).collect(),
        terminal: None,
    };
    assert!(host.containers.exec("i-1", request(&["true"])).is_err(), "unknown");
    host.start_script("i-1", "sleep 4711").await;
    assert!(matches!(host.containers.exec("i-1", request(&[])), Err(BackendError::Permanent(_))));
    let session = host.containers.exec("i-1", request(&["/no/such"])).unwrap();
    let (printed, code) = collect(session.output).await;
    assert_eq!((code, printed.contains("/no/such")), (127, true), "{printed}");
    host.containers.stop("i-1", 0).await.unwrap();
    assert!(host.containers.exec("i-1", request(&["true"])).is_err(), "stopped");
}
