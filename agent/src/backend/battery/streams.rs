//! Console and commands.

use super::*;

pub(crate) async fn the_console_is_kept_and_can_be_followed(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    let id = instance(1, 1).id;
    let all = until(machine, "the first process prints", || async {
        let all = read_to_end(machine, &id, 0).await;
        (!all.is_empty()).then_some(all)
    })
    .await;
    let tail = read_to_end(machine, &id, 3).await;
    assert_eq!(tail, all[all.len() - 3..]);
    let mut following = machine.backend().console(id.clone(), 0, true).await.unwrap();
    assert!(!following.recv().await.unwrap().is_empty());
    machine.backend().stop(id.clone(), 200).await.unwrap();
    assert_eq!(read_to_end(machine, &id, 0).await[..all.len()], all, "it outlives the process");
    machine.backend().remove(id).await.unwrap();
    // Whatever it still prints at its end comes first; then the stream ends with the instance.
    while following.recv().await.is_some() {}
}

async fn read_to_end(machine: &dyn Machine, id: &str, tail_bytes: u32) -> Vec<u8> {
    let mut console = machine.backend().console(id.to_owned(), tail_bytes, false).await.unwrap();
    let mut all = Vec::new();
    while let Some(bytes) = console.recv().await {
        all.extend(bytes);
    }
    all
}

pub(crate) async fn commands_run_inside(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    let cases: [(&[&str], &str, &str, i32); 5] = [
        (&["hostname"], "host-1\n", "", 0),
        (&["echo", "a", "b c"], "a b c\n", "", 0),
        (&["sh", "-c", "exit 7"], "", "", 7),
        (&["sh", "-c", "echo wrong >&2"], "", "wrong\n", 0),
        (&["false"], "", "", 1),
    ];
    for (command, stdout, stderr, code) in cases {
        let expected = (stdout.to_owned(), stderr.to_owned(), code);
        assert_eq!(run(machine, 1, command, &[]).await, expected, "{command:?}");
    }
}

pub(crate) async fn commands_read_what_they_are_sent(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    let (stdout, _, code) = run(machine, 1, &["cat"], &[b"one ", b"two"]).await;
    assert_eq!((stdout.as_str(), code), ("one two", 0));
}

pub(crate) async fn commands_need_a_running_instance(machine: &mut dyn Machine) {
    let request = || ExecRequest { command: vec!["true".into()], terminal: None };
    let id = instance(1, 1).id;
    assert!(machine.backend().exec(id.clone(), request()).await.is_err(), "unknown");
    machine.backend().console(id.clone(), 0, false).await.unwrap_err();
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    machine.backend().stop(id.clone(), 200).await.unwrap();
    assert!(machine.backend().exec(id, request()).await.is_err(), "stopped");
}
