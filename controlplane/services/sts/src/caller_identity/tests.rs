use super::get_caller_identity::{GetCallerIdentity, GetCallerIdentityInput, GetCallerIdentityOutput};
use controlplane_services_kernel::{Caller, Query, Reader, View};
use controlplane_types::Timestamp;

#[test]
fn the_caller_is_told_who_asks() {
    for (principal, user_id) in [
        ("arn:aws:iam::123456789012:root", "123456789012"),
        ("arn:aws:iam::123456789012:user/alice", "alice"),
        ("arn:aws:sts::123456789012:assumed-role/admin/session", "session"),
    ] {
        let caller = Caller {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            principal: principal.to_owned(),
            access_key_id: "AK".into(),
            request_id: "r-1".into(),
            client: None,
        };
        let kinds: [controlplane_services_kernel::KindEntry; 0] = [];
        let view = View::new(&kinds);
        let reader = Reader::new(view, caller, Timestamp::from_millis(1));
        let expected = GetCallerIdentityOutput {
            user_id: user_id.to_owned(),
            account: "123456789012".to_owned(),
            arn: principal.to_owned(),
        };
        assert_eq!(GetCallerIdentity::run(&GetCallerIdentityInput {}, &reader).unwrap(), expected);
    }
}
