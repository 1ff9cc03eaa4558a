//! Which of IAM's records an action is about.

use crate::entity::Entity;
use crate::group::Group;
use crate::instance_profile::InstanceProfile;
use crate::managed_policy::ManagedPolicy;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::client::{Principal, Session, SessionOf};
use controlplane_services_kernel::{Access, Reader, access};
use serde_json::Value;

/// The record that the input names first in this order; a user who names nobody means himself.
pub(crate) fn of(action: &str, input: &Value, cx: &Reader) -> Vec<Access> {
    let member = |name: &str| input[name].as_str();
    let path = member("Path").unwrap_or("/");
    let policy = member("PolicyArn");
    let about = if let Some(name) = member("InstanceProfileName") {
        Access::to(arn::<InstanceProfile>(name, path, cx))
    } else if let Some(name) = member("GroupName") {
        Access::to(arn::<Group>(name, path, cx))
    } else if let Some(name) = member("RoleName") {
        Access::to(arn::<Role>(name, path, cx))
    } else if let Some(name) = member("UserName").or_else(|| own_name(action, cx)) {
        Access::to(arn::<User>(name, path, cx))
    } else if let Some(arn) =
        policy.or_else(|| member("PolicySourceArn")).or_else(|| member("OpenIDConnectProviderArn"))
    {
        Access::to(arn)
    } else if let Some(url) = member("Url") {
        let url = url.trim_start_matches("https://");
        Access::to(format!("arn:aws:iam::{}:oidc-provider/{url}", cx.caller.account))
    } else if let Some(name) = member("PolicyName") {
        Access::to(arn::<ManagedPolicy>(name, path, cx))
    } else {
        Access::anything()
    };
    let about = conditions(about, input);
    let passed = member("RoleName").filter(|_| action == "AddRoleToInstanceProfile");
    let passed = passed.map(|name| Access::to(arn::<Role>(name, "/", cx)).by("iam:PassRole"));
    std::iter::once(about).chain(passed).collect()
}

fn conditions(access: Access, input: &Value) -> Access {
    let tags = input["Tags"].as_array().into_iter().flatten();
    let tags = tags.filter_map(|tag| Some((tag["Key"].as_str()?, tag["Value"].as_str().unwrap_or_default())));
    let access = access::request_tags(access, tags);
    [("iam:PolicyARN", "PolicyArn"), ("iam:PermissionsBoundary", "PermissionsBoundary")].into_iter().fold(
        access,
        |access, (key, member)| match input[member].as_str() {
            Some(value) => access.with(key, value),
            None => access,
        },
    )
}

/// The ARN of the record with this name, or of the one that is to have it.
fn arn<E: Entity>(name: &str, path: &str, cx: &Reader) -> String {
    let account = &cx.caller.account;
    match E::find(&cx.view, account, name) {
        Some(found) => found.record.arn(account),
        None => format!("arn:aws:iam::{account}:{}{path}{name}", E::NOUN),
    }
}

/// Actions that are about the user who asks where they name none.
const OWN: [&str; 7] = [
    "CreateAccessKey",
    "DeleteAccessKey",
    "UpdateAccessKey",
    "ListAccessKeys",
    "GetUser",
    "UpdateUser",
    "ChangePassword",
];

fn own_name<'c>(action: &str, cx: &'c Reader) -> Option<&'c str> {
    let client = cx.caller.client.as_deref().filter(|_| OWN.contains(&action))?;
    match &client.principal {
        Principal::User(name) => Some(name),
        Principal::Session(Session { of: SessionOf::User { name, .. }, .. }) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SERVICE;
    use controlplane_services_kernel::client::Origin;
    use controlplane_services_kernel::{Caller, Client, View};
    use controlplane_types::Timestamp;
    use serde_json::json;
    use std::sync::Arc;

    fn reader() -> Reader {
        let principal = Principal::User("alice".to_owned());
        let caller = Caller {
            client: Some(Arc::new(Client { principal, origin: Origin::default() })),
            ..Caller::controller("123456789012".into(), "us-east-1".into(), "test")
        };
        Reader::new(View::new(SERVICE.kinds), caller, Timestamp(1_000))
    }

    #[test]
    fn an_action_is_about_what_it_names() {
        for (action, input, expected) in [
            ("CreateUser", json!({"UserName": "bob", "Path": "/ops/"}), "user/ops/bob"),
            ("GetUser", json!({}), "user/alice"),
            ("CreateAccessKey", json!({"UserName": "bob"}), "user/bob"),
            ("AttachUserPolicy", json!({"UserName": "bob", "PolicyArn": "arn"}), "user/bob"),
            ("PutRolePolicy", json!({"RoleName": "App", "PolicyName": "p"}), "role/App"),
            ("AddUserToGroup", json!({"GroupName": "ops", "UserName": "bob"}), "group/ops"),
            ("CreatePolicy", json!({"PolicyName": "p"}), "policy/p"),
        ] {
            let found = of(action, &input, &reader());
            assert_eq!(found.len(), 1, "{action}");
            assert_eq!(found[0].resource, format!("arn:aws:iam::123456789012:{expected}"), "{action}");
        }
        assert_eq!(of("ListUsers", &json!({}), &reader()), [Access::anything()]);
        assert_eq!(of("GetPolicy", &json!({"PolicyArn": "arn"}), &reader())[0].resource, "arn");
    }

    #[test]
    fn a_role_is_passed_to_a_profile_by_who_may_pass_it() {
        let input = json!({"InstanceProfileName": "web", "RoleName": "App"});
        let found = of("AddRoleToInstanceProfile", &input, &reader());
        let shown: Vec<_> =
            found.iter().map(|access| (access.action, access.resource.rsplit(':').next().unwrap())).collect();
        assert_eq!(shown, [(None, "instance-profile/web"), (Some("iam:PassRole"), "role/App")]);
    }
}
