use super::ops::record_uses::{RecordUses, RecordUsesInput};
use super::{Credential, LastUse, Use};
use crate::access_key::ops::get_access_key_last_used::GetAccessKeyLastUsed;
use crate::entity::Entity;
use crate::role::Role;
use crate::tests::{ACCOUNT, TRUST, World, text};
use controlplane_services_kernel::{Access, Operation, Query, Tabular};
use controlplane_services_native::AccessKey;
use controlplane_types::{AccountId, Timestamp};
use serde_json::{Value, json};

/// When worlds begin: 20 seconds after a minute did.
const BEGIN: u64 = 1_700_000_000_000;
const DAY: u64 = 24 * 3_600_000;

fn key(id: &str) -> Credential {
    Credential::AccessKey(id.to_owned())
}

fn role(name: &str, role_id: &str) -> Credential {
    Credential::Role { account: ACCOUNT.into(), name: name.into(), role_id: role_id.into() }
}

fn record(world: &mut World, uses: &[(&Credential, u64, &str, &str)]) {
    let used = |(credential, at, region, service): &(&Credential, u64, &str, &str)| Use {
        credential: (*credential).clone(),
        last: LastUse::new(Timestamp::from_millis(*at), region, service),
    };
    let input = RecordUsesInput { uses: uses.iter().map(used).collect() };
    world.change(|cx| RecordUses::run(&input, cx)).expect("it is recorded");
}

fn new_key(world: &mut World, user: &str) -> String {
    text(&world.ok("CreateAccessKey", json!({"UserName": user}))["AccessKey"]["AccessKeyId"])
}

fn last_used(world: &mut World, id: &str) -> Value {
    let answer = world.ok("GetAccessKeyLastUsed", json!({"AccessKeyId": id}));
    assert_eq!(answer["UserName"], "Alice");
    answer["AccessKeyLastUsed"].clone()
}

fn role_last_used(world: &mut World, name: &str) -> Value {
    world.ok("GetRole", json!({"RoleName": name}))["Role"]["RoleLastUsed"].clone()
}

/// Of a role: what the wire leaves out is absent here too, as null.
fn never() -> Value {
    json!({"LastUsedDate": null, "Region": null})
}

fn uses(world: &World) -> usize {
    world.view.all::<LastUse>().count()
}

#[test]
fn the_newest_use_of_a_key_stays() {
    let mut world = World::new();
    world.has("User", "Alice");
    let id = new_key(&mut world, "alice");
    let never = json!({"ServiceName": "N/A", "Region": "N/A", "LastUsedDate": null});
    assert_eq!(last_used(&mut world, &id), never);
    // A minute begins 20 seconds before; what was met in the same minute counts by when it was told.
    let minute = BEGIN - 20_000;
    for (at, region, service, known) in [
        (BEGIN - 100_000, "us-east-1", "ec2", (minute - 120_000, "us-east-1", "ec2")),
        (BEGIN - 1, "eu-west-1", "s3", (minute, "eu-west-1", "s3")),
        (BEGIN - 70_000, "us-east-1", "ec2", (minute, "eu-west-1", "s3")),
        (BEGIN - 20_000, "us-east-1", "iam", (minute, "us-east-1", "iam")),
        (BEGIN + DAY, "us-east-1", "sts", (minute, "us-east-1", "sts")),
    ] {
        record(&mut world, &[(&key(&id), at, region, service)]);
        let (at, region, service) = known;
        let shown = json!({"ServiceName": service, "Region": region, "LastUsedDate": at});
        assert_eq!(last_used(&mut world, &id), shown);
    }
    let before = world.records();
    record(&mut world, &[(&key(&id), BEGIN - 1, "us-east-1", "sts")]);
    assert_eq!(world.records(), before);
}

#[test]
fn one_telling_is_about_many_and_leaves_out_what_is_gone() {
    let mut world = World::new();
    world.has("User", "Alice");
    world.has("Role", "web");
    let id = new_key(&mut world, "alice");
    let role_id = text(&world.ok("GetRole", json!({"RoleName": "web"}))["Role"]["RoleId"]);
    record(
        &mut world,
        &[
            (&key(&id), BEGIN, "us-east-1", "ec2"),
            (&key("AKIA0000000000000000"), BEGIN, "us-east-1", "ec2"),
            (&role("WEB", &role_id), BEGIN, "us-east-1", "ec2"),
            (&role("web", "AROA0000000000000000"), BEGIN, "us-east-1", "ec2"),
            (&role("other", &role_id), BEGIN, "us-east-1", "ec2"),
        ],
    );
    assert_eq!(uses(&world), 2);
    // What was used before it was deleted, and told of afterwards.
    world.ok("DeleteAccessKey", json!({"UserName": "alice", "AccessKeyId": id}));
    assert_eq!(uses(&world), 1);
    world.ok("DeleteRole", json!({"RoleName": "web"}));
    assert_eq!(uses(&world), 0);
    world.has("Role", "web");
    let late = [(&key(&id), BEGIN, "us-east-1", "ec2"), (&role("web", &role_id), BEGIN, "us-east-1", "ec2")];
    record(&mut world, &late);
    assert_eq!(uses(&world), 0);
    assert_eq!(role_last_used(&mut world, "web"), never());
}

#[test]
fn only_get_role_tells_when_it_was_used_and_not_for_ever() {
    let mut world = World::new();
    let made = world.ok("CreateRole", json!({"RoleName": "web", "AssumeRolePolicyDocument": TRUST}));
    assert!(made["Role"]["RoleLastUsed"].is_null());
    assert_eq!(role_last_used(&mut world, "web"), never());
    let of_web = role("web", &text(&made["Role"]["RoleId"]));
    let minute = BEGIN - 20_000;
    for (at, shown) in [
        (minute - 401 * DAY, never()),
        (minute - 399 * DAY, json!({"Region": "us-east-1", "LastUsedDate": minute - 399 * DAY})),
        (minute, json!({"Region": "us-east-1", "LastUsedDate": minute})),
    ] {
        record(&mut world, &[(&of_web, at, "us-east-1", "ec2")]);
        assert_eq!(role_last_used(&mut world, "web"), shown);
    }
    assert!(world.ok("ListRoles", json!({}))["Roles"][0]["RoleLastUsed"].is_null());
    let cells = world.change(|cx| {
        let role = Role::existing("web", cx)?.clone();
        let used = role.status("web", cx)["roleLastUsed"]["lastUsedDate"].clone();
        Ok((role.cells("web", cx), used))
    });
    let (cells, used) = cells.expect("a role");
    assert!(cells.contains(&"2023-11-14T22:13:00.000Z".to_owned()), "{cells:?}");
    assert_eq!(used, "2023-11-14T22:13:00.000Z");
}

#[test]
fn of_a_key_that_is_not_there_nothing_is_told() {
    let mut world = World::new();
    let foreign = AccessKey::of_root(AccountId::from("210987654321"), "secret".into());
    world
        .change(|cx| {
            cx.put_at(AccessKey::key("AKIAFOREIGNFOREIGN00"), foreign);
            Ok(())
        })
        .unwrap();
    record(&mut world, &[(&key("AKIAFOREIGNFOREIGN00"), BEGIN, "us-east-1", "ec2")]);
    assert_eq!(uses(&world), 1, "in its own account");
    let ask = |id: &str| json!({"AccessKeyId": id});
    world.fail([
        ("GetAccessKeyLastUsed", ask("AKIAFOREIGNFOREIGN00"), "AccessDenied", "AKIAFOREIGNFOREIGN00"),
        ("GetAccessKeyLastUsed", ask("AKIA0000000000000000"), "AccessDenied", "AKIA0000000000000000"),
        ("GetAccessKeyLastUsed", ask("short"), "ValidationError", "accessKeyId"),
    ]);
}

#[test]
fn whoever_asks_about_a_key_asks_about_its_user() {
    let mut world = World::new();
    world.ok("CreateUser", json!({"UserName": "Alice", "Path": "/people/"}));
    let id = new_key(&mut world, "alice");
    for (id, about) in
        [(id.as_str(), Some("arn:aws:iam::123456789012:user/people/Alice")), ("AKIA0000000000000000", None)]
    {
        let input = serde_json::from_value(json!({"AccessKeyId": id})).unwrap();
        let accesses = world.change(|cx| Ok(GetAccessKeyLastUsed::accesses(&input, cx))).unwrap();
        assert_eq!(accesses, about.map(|arn| vec![Access::to(arn)]), "{id}");
    }
}

#[test]
fn the_roots_key_belongs_to_no_user() {
    let mut world = World::new();
    world.has_root_key("AKIAROOTROOTROOTROOT");
    record(&mut world, &[(&key("AKIAROOTROOTROOTROOT"), BEGIN, "us-east-1", "route53")]);
    let answer = world.ok("GetAccessKeyLastUsed", json!({"AccessKeyId": "AKIAROOTROOTROOTROOT"}));
    assert!(answer["UserName"].is_null(), "{answer}");
    assert_eq!(answer["AccessKeyLastUsed"]["ServiceName"], "route53");
}
