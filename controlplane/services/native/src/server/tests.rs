use super::*;
use crate::tests::{context, system};
use controlplane_services_kernel::{Context, Operation, ServiceError};

fn declare(number: u64, address: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let input = DeclareServerInput {
        number,
        name: "first".into(),
        grpc_address: address.into(),
        aws_address: "10.0.0.1:4566".into(),
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
