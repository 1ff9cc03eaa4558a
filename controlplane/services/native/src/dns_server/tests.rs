use super::*;
use controlplane_services_kernel::{Caller, Context, Operation, View};
use controlplane_types::Timestamp;

fn context() -> Context {
    let view = View::new(crate::SERVICE.kinds);
    Context::new(view, Caller::system("us-east-1".into()), Timestamp::from_millis(1), [3; 32])
}

fn register(name: &str, cx: &mut Context) -> bool {
    let input = RegisterDnsServerInput {
        name: name.into(),
        health_address: "127.0.0.1:1".into(),
        checker_region: String::new(),
        logs_queries: false,
    };
    RegisterDnsServer::run(&input, cx).is_ok()
}

#[test]
fn a_second_hello_writes_nothing() {
    let mut cx = context();
    assert!(register("dns-1", &mut cx));
    let mut again = Context::new(cx.view.clone(), cx.caller.clone(), cx.now, [4; 32]);
    assert!(register("dns-1", &mut again));
    assert!(again.into_changes().is_empty());
    delete("dns-1", &mut cx).unwrap();
    assert_eq!(delete("dns-1", &mut cx).unwrap_err().code, "DnsServerNotFound");
}

#[test]
fn names_are_plain() {
    for name in ["", "a/b", "a b", &"x".repeat(64)] {
        assert!(!register(name, &mut context()), "{name}");
    }
}
