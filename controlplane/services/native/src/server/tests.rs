use super::*;
use crate::Certificate;
use crate::certificate::{Role, Term, issue};
use crate::tests::{context, system};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use std::time::Duration;

fn entered(index: u64) -> Entered {
    Entered { cluster: "lab".into(), index }
}

fn declare(number: u64, address: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let input = DeclareServerInput {
        number,
        name: "first".into(),
        grpc_address: address.into(),
        aws_address: "10.0.0.1:4566".into(),
        entered: entered(1),
    };
    DeclareServer::run(&input, cx)
}

#[test]
fn saying_the_same_again_writes_nothing() {
    let mut cx = context();
    declare(1, "10.0.0.1:4567", &mut cx).unwrap();
    let mut again = Context::new(cx.view.clone(), system(), cx.now, [1; 32]);
    declare(1, "10.0.0.1:4567", &mut again).unwrap();
    assert!(again.into_changes().is_empty());
}

#[test]
fn numbers_go_on_after_the_greatest_declared() {
    let mut cx = context();
    declare(5, "10.0.0.5:4567", &mut cx).unwrap();
    declare(3, "10.0.0.3:4567", &mut cx).unwrap();
    assert_eq!(admit("new", "10.0.0.6:4567", "", &mut cx).unwrap(), 6);
    let numbers: Vec<u64> = Server::all(&cx.view, &system().region).map(|server| server.number).collect();
    assert_eq!(numbers, [3, 5, 6]);
}

#[test]
fn addresses_are_host_and_port() {
    for address in ["", "here", ":4567", "here:", "here:0", "here:99999", "a b:1", "a,b:1", "here:x"] {
        let error = declare(1, address, &mut context()).unwrap_err();
        assert!(error.message.contains("address"), "{address:?}: {}", error.message);
    }
    for address in ["here:1", "10.0.0.1:4567", "[::1]:4567"] {
        assert!(declare(1, address, &mut context()).is_ok(), "{address:?}");
    }
}

#[test]
fn a_server_is_removed_once_and_its_number_never_comes_back() {
    let mut cx = context();
    declare(1, "10.0.0.1:4567", &mut cx).unwrap();
    let region = system().region;
    assert!(!Server::is_removed(&cx.view, &region, 1));
    let term = Term { life: Duration::from_secs(3600), last: cx.now + Duration::from_secs(9000) };
    let number = admit("new", "10.0.0.2:4567", "", &mut cx).unwrap();
    let issued = issue(Role::Server, &number.to_string(), &term, &mut cx).unwrap();
    RemoveServer::run(&RemoveServerInput { number }, &mut cx).unwrap();
    assert!(Certificate::is_revoked(&cx.view, &region, &issued.serial));
    assert!(Server::is_removed(&cx.view, &region, number));
    let mut again = Context::new(cx.view.clone(), system(), cx.now, [1; 32]);
    RemoveServer::run(&RemoveServerInput { number }, &mut again).unwrap();
    assert!(again.into_changes().is_empty());
    assert_eq!(
        RemoveServer::run(&RemoveServerInput { number: 9 }, &mut cx).unwrap_err().code,
        "ServerNotFound"
    );
    assert!(!Server::is_removed(&cx.view, &region, 9), "not given yet");
    assert_eq!(admit("next", "10.0.0.3:4567", "", &mut cx).unwrap(), 3);
    let input = EnterServerInput {
        number,
        grpc_address: "10.0.0.2:4567".into(),
        aws_address: String::new(),
        entered: entered(5),
    };
    assert_eq!(EnterServer::run(&input, &mut cx).unwrap_err().code, "ServerNotFound");
}

#[test]
fn who_left_is_told_from_who_has_not_come_yet() {
    let mut cx = context();
    declare(1, "10.0.0.1:4567", &mut cx).unwrap();
    admit("new", "10.0.0.2:4567", "", &mut cx).unwrap();
    let input = EnterServerInput {
        number: 2,
        grpc_address: "10.0.0.22:4567".into(),
        aws_address: String::new(),
        entered: entered(7),
    };
    let cases = [
        // cluster, index, members; who is missing before and after server 2 has entered at 7
        ("lab", 7, &[1][..], &[][..], &[2][..]),
        ("lab", 6, &[1], &[], &[]),
        ("lab", 9, &[1, 2], &[], &[]),
        ("lab", 9, &[2], &[1], &[1]),
        ("lab+2", 1, &[1], &[], &[2]),
    ];
    let missing = |cx: &Context, membership: &Membership| -> Vec<u64> {
        let all = Server::all(&cx.view, &system().region);
        all.filter(|server| membership.lacks(server)).map(|server| server.number).collect()
    };
    let membership = |cluster: &str, index, members: &[u64]| Membership {
        at: Entered { cluster: cluster.into(), index },
        members: members.iter().copied().collect(),
    };
    for (cluster, index, members, before, _) in cases {
        assert_eq!(missing(&cx, &membership(cluster, index, members)), before);
    }
    EnterServer::run(&input, &mut cx).unwrap();
    for (cluster, index, members, _, after) in cases {
        assert_eq!(
            missing(&cx, &membership(cluster, index, members)),
            after,
            "{cluster} {index} {members:?}"
        );
    }
    let servers: Vec<_> = Server::all(&cx.view, &system().region).map(|server| server.name.clone()).collect();
    assert_eq!(servers, ["first", "new"], "names stay");
}

#[test]
fn votes_are_noted_released_and_counted() {
    let mut cx = context();
    declare(1, "10.0.0.1:4567", &mut cx).unwrap();
    admit("new", "10.0.0.2:4567", "", &mut cx).unwrap();
    let voting = |cx: &Context| Server::voting(&cx.view).into_iter().collect::<Vec<_>>();
    assert_eq!(voting(&cx), [1], "who leads votes, who comes does not yet");
    let note = |cx: &mut Context, voters: &[u64]| {
        NoteVotes::run(&NoteVotesInput { voters: voters.iter().copied().collect() }, cx).unwrap();
    };
    note(&mut cx, &[1, 2, 9]);
    assert_eq!(voting(&cx), [1, 2]);
    let mut again = Context::new(cx.view.clone(), system(), cx.now, [1; 32]);
    note(&mut again, &[1, 2]);
    assert!(again.into_changes().is_empty());
    for _ in 0..2 {
        ReleaseVote::run(&ReleaseVoteInput { number: 1 }, &mut cx).unwrap();
        assert_eq!(voting(&cx), [2]);
    }
    ReleaseVote::run(&ReleaseVoteInput { number: 9 }, &mut cx).unwrap();
    declare(1, "10.0.0.11:4567", &mut cx).unwrap();
    assert_eq!(voting(&cx), [2], "another address is no vote");
}

#[test]
fn a_wrong_clock_is_noted_once_and_so_is_a_right_one() {
    let mut cx = context();
    declare(1, "10.0.0.1:4567", &mut cx).unwrap();
    let note = |cx: &mut Context, wrong: &[(u64, i64)]| {
        NoteClocks::run(&NoteClocksInput { wrong: wrong.iter().copied().collect() }, cx).unwrap();
        cx.view.get::<Server>(&Server::key(&system().region, 1)).unwrap().clock_off_ms
    };
    assert_eq!(note(&mut cx, &[(1, 5000), (9, 1)]), Some(5000));
    let mut again = Context::new(cx.view.clone(), system(), cx.now, [1; 32]);
    assert_eq!(note(&mut again, &[(1, 5001)]), Some(5000));
    assert!(again.into_changes().is_empty());
    assert_eq!(note(&mut cx, &[]), None);
}
