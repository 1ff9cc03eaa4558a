use super::get_caller_identity::{GetCallerIdentity, GetCallerIdentityInput, GetCallerIdentityOutput};
use crate::credentials::tests::{World, alice, of_role};
use controlplane_services_kernel::Query;
use controlplane_services_kernel::client::Principal;

#[test]
fn the_caller_is_told_who_asks() {
    let world = World::new();
    for (principal, user_id, arn) in [
        (Principal::Root, "123456789012", "arn:aws:iam::123456789012:root"),
        (alice(), "AIDA1", "arn:aws:iam::123456789012:user/alice"),
        (of_role("App", "AROA1"), "AROA1:one", "arn:aws:sts::123456789012:assumed-role/App/one"),
    ] {
        let reader = world.reader(principal);
        assert!(GetCallerIdentity::accesses(&GetCallerIdentityInput {}, &reader).unwrap().is_empty());
        let expected = GetCallerIdentityOutput {
            user_id: user_id.to_owned(),
            account: "123456789012".to_owned(),
            arn: arn.to_owned(),
        };
        assert_eq!(GetCallerIdentity::run(&GetCallerIdentityInput {}, &reader).unwrap(), expected);
    }
}
