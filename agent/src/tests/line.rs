//! Sessions: heartbeats, silence, reports after a hello, calls.

use super::*;
use Target::Running;
use controlplane_proto::agent::call::Call as Kind;
use controlplane_proto::agent::call_input::Input;
use controlplane_proto::agent::server_message::Message;
use controlplane_proto::agent::{Call, CallChunk, CallInput, ConsoleOutput, Exec};
use controlplane_proto::cluster::Servers;

#[test]
fn the_hello_says_who_and_what() {
    on_a_node(|node| async move {
        node.until("hello", |node| !node.plane.told().hellos.is_empty()).await;
        let hello = node.plane.told().hellos.remove(0);
        assert_eq!((hello.node.as_str(), hello.underlay_address.as_str()), ("node-1", "192.0.2.1"));
        assert_eq!(hello.labels["zone"], "a");
        assert_eq!(hello.capacity.map(|it| it.vcpus), Some(64));
    });
}

#[test]
fn heartbeats_come_every_second_even_while_a_log_floods_the_line() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        let follow = ConsoleOutput { instance_id: "i-1".into(), follow: true, tail_bytes: 0 };
        node.plane.send(Message::Call(Call { id: 1, call: Some(Kind::ConsoleOutput(follow)) }));
        let before = node.plane.told().heartbeats.len();
        for _ in 0..1000 {
            node.machine.print("i-1", &[b'x'; 4096]);
            node.runtime.sleep(Duration::from_millis(10)).await;
        }
        let heartbeats = node.plane.told().heartbeats;
        assert!((9..=11).contains(&(heartbeats.len() - before)), "{heartbeats:?}");
        let chunks = node.plane.told().chunks;
        assert!(chunks.len() > 500, "the flood was real: {}", chunks.len());
        let uneven = heartbeats.windows(2).find(|pair| pair[1] - pair[0] > Duration::from_millis(1010));
        assert_eq!(uneven, None);
    });
}

#[test]
fn silence_ends_the_session_and_another_begins() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.plane.set_silent(true);
        node.pass(4).await;
        assert_eq!(node.plane.connections(), 1);
        node.pass(3).await;
        assert_eq!(node.plane.connections(), 2);
        node.plane.set_silent(false);
        node.until("a session that works", |node| node.plane.told().reports.pop().is_some_and(|it| it.full))
            .await;
    });
}

#[test]
fn a_refused_agent_comes_back_with_growing_pauses() {
    on_a_node(|node| async move {
        node.plane.set_unreachable(true);
        node.pass(60).await;
        let tries = node.plane.connections();
        assert!((12..=40).contains(&tries), "{tries} attempts in a minute");
        node.plane.set_unreachable(false);
        node.until("hello", |node| !node.plane.told().hellos.is_empty()).await;
        node.plane.send(Message::Refused("unknown node".into()));
        node.until("a new session", |node| node.plane.connections() == tries + 2).await;
    });
}

#[test]
fn an_agent_that_is_sent_on_goes_at_once() {
    on_a_node(|node| async move {
        node.until("hello", |node| node.plane.told().hellos.len() == 1).await;
        let servers = Servers { addresses: vec!["a:1".into(), "b:1".into()], leader: "b:1".into() };
        node.plane.send(Message::NotLeading(servers.clone()));
        let begin = node.runtime.monotonic();
        node.until("a second hello", |node| node.plane.told().hellos.len() == 2).await;
        let took = node.runtime.monotonic() - begin;
        assert!(took < Duration::from_millis(100), "{took:?}");
        assert_eq!(node.plane.learned(), [servers]);
    });
}

#[test]
fn the_first_report_of_a_session_is_full_and_the_next_tell_changes() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running), (2, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.until_state("i-2", State::Running).await;
        node.plane.set_unreachable(true);
        node.pass(2).await;
        let before = node.plane.told().reports.len();
        node.machine.end_process("i-2", 0, 0);
        node.plane.set_unreachable(false);
        node.until("told after reconnect", |node| node.plane.told().reports.len() > before).await;
        let report = node.plane.told().reports.remove(before);
        assert!(report.full && report.instances.len() == 2, "{report:?}");
        node.until_state("i-2", State::Exited).await;
        node.machine.end_process("i-1", 0, 0);
        node.until_state("i-1", State::Exited).await;
        let last = node.plane.told().reports.pop().unwrap();
        assert!(!last.full);
    });
}

/// Runs one call and returns its chunks.
async fn call(node: &Node, kind: Kind, input: Vec<Input>) -> Vec<CallChunk> {
    let id = 1000 + node.plane.told().chunks.len() as u64;
    node.plane.send(Message::Call(Call { id, call: Some(kind) }));
    for input in input {
        node.plane.send(Message::CallInput(CallInput { id, input: Some(input) }));
    }
    let of_call = |node: &Node| -> Vec<CallChunk> {
        node.plane.told().chunks.into_iter().filter(|chunk| chunk.id == id).collect()
    };
    node.until("the last chunk", |node| of_call(node).iter().any(|chunk| chunk.last)).await;
    of_call(node)
}

fn exec(command: &[&str]) -> Kind {
    let command = command.iter().map(ToString::to_string).collect();
    Kind::Exec(Exec { instance_id: "i-1".into(), command, ..Exec::default() })
}

/// stdout, stderr, exit code, error.
fn summary(chunks: &[CallChunk]) -> (String, String, i32, String) {
    let text = |part: fn(&CallChunk) -> &Vec<u8>| {
        String::from_utf8(chunks.iter().flat_map(|chunk| part(chunk).clone()).collect()).unwrap()
    };
    let last = chunks.last().unwrap();
    (text(|chunk| &chunk.stdout), text(|chunk| &chunk.stderr), last.exit_code, last.error.clone())
}

#[test]
fn calls_are_answered() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        let console = |id: &str, tail_bytes| {
            Kind::ConsoleOutput(ConsoleOutput { instance_id: id.into(), follow: false, tail_bytes })
        };
        let close = || Input::CloseStdin(true);
        let cases = [
            (exec(&["hostname"]), vec![], ("ip-10-0-0-1\n", "", 0, "")),
            (exec(&["echo", "a", "b"]), vec![], ("a b\n", "", 0, "")),
            (
                exec(&["cat"]),
                vec![Input::Stdin(b"one".to_vec()), Input::Stdin(b"two".to_vec()), close()],
                ("onetwo", "", 0, ""),
            ),
            (exec(&["sh", "-c", "exit 7"]), vec![], ("", "", 7, "")),
            (exec(&["nonsense"]), vec![], ("", "nonsense: not found\n", 127, "")),
            (exec(&[]), vec![], ("", "", 0, "exec: command is empty")),
            (
                exec(&["cat"]),
                vec![Input::Cancel(true)],
                ("", "", 0, "cancelled, or its input came faster than it was read"),
            ),
            (console("i-1", 0), vec![], ("ami-1: run 1 of i-1 on node-1\n", "", 0, "")),
            (console("i-1", 7), vec![], ("node-1\n", "", 0, "")),
            (console("i-9", 0), vec![], ("", "", 0, "instance i-9 is not on this machine")),
        ];
        for (kind, input, (stdout, stderr, code, error)) in cases {
            let name = format!("{kind:?}");
            let chunks = call(&node, kind, input).await;
            let expected = (stdout.to_owned(), stderr.to_owned(), code, error.to_owned());
            assert_eq!(summary(&chunks), expected, "{name}");
        }
    });
}

#[test]
fn calls_are_bounded_in_number_and_input() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        for id in 1..=64 {
            node.plane.send(Message::Call(Call { id, call: Some(exec(&["cat"])) }));
        }
        let chunks = call(&node, exec(&["true"]), vec![]).await;
        assert_eq!(summary(&chunks).3, "too many calls on this node");
        node.plane.send(Message::CallInput(CallInput { id: 1, input: Some(Input::Cancel(true)) }));
        node.until("one ended", |node| {
            node.plane.told().chunks.iter().any(|chunk| chunk.id == 1 && chunk.last)
        })
        .await;
        let chunks = call(&node, exec(&["true"]), vec![]).await;
        assert_eq!(summary(&chunks).3, "");
    });
}

#[test]
fn a_follower_ends_with_the_instance() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        let follow = ConsoleOutput { instance_id: "i-1".into(), follow: true, tail_bytes: 0 };
        node.plane.send(Message::Call(Call { id: 5, call: Some(Kind::ConsoleOutput(follow)) }));
        node.machine.print("i-1", b"hello\n");
        let text = |node: &Node| summary(&node.plane.told().chunks).0;
        node.until("hello", |node| !node.plane.told().chunks.is_empty() && text(node).ends_with("hello\n"))
            .await;
        node.plane.desire(2, with(&[]));
        node.until("the end", |node| node.plane.told().chunks.iter().any(|chunk| chunk.last)).await;
    });
}
