//! An account to try things in, entered through the wire as clients do.

use crate::SERVICE;
use crate::last_use::LastUse;
use controlplane_services_kernel::manifest::Applied;
use controlplane_services_kernel::{Caller, Context, KindEntry, ServiceError, View, rehearsal};
use controlplane_services_native::AccessKey;
use controlplane_types::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}"#;
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

pub(crate) struct World {
    pub(crate) view: View,
    caller: Caller,
    calls: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        const KEYS: &[KindEntry] = &[KindEntry::internal::<AccessKey>(), KindEntry::internal::<Applied>()];
        let caller = Caller {
            client: None,
            account: ACCOUNT.into(),
            region: "us-east-1".into(),
            principal: format!("arn:aws:iam::{ACCOUNT}:root"),
            access_key_id: String::new(),
            request_id: String::new(),
        };
        Self { view: View::new(SERVICE.kinds.iter().chain(KEYS)), caller, calls: 0 }
    }

    /// The same account, asked by somebody else.
    pub(crate) fn act_as(&mut self, principal: &str) {
        self.caller.principal = format!("arn:aws:iam::{ACCOUNT}:{principal}");
    }

    /// Changes records, or nothing when it fails.
    pub(crate) fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Context) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        self.calls += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.calls.to_le_bytes());
        let now = Timestamp::from_millis(1_700_000_000_000 + self.calls * 1_000);
        let mut cx = Context::new(self.view.clone(), self.caller.clone(), now, seed);
        let result = act(&mut cx)?;
        self.view.apply(self.calls, &cx.into_changes());
        Ok(result)
    }

    pub(crate) fn call(&mut self, action: &str, input: Value) -> Result<Value, ServiceError> {
        self.change(|cx| rehearsal::call(&SERVICE, action, &input, cx))
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, action: &str, input: Value) -> Value {
        self.call(action, input).unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    /// Each call fails with its code and words, and changes nothing.
    #[track_caller]
    pub(crate) fn fail<const N: usize>(&mut self, cases: [(&str, Value, &str, &str); N]) {
        for (action, input, code, words) in cases {
            let before = self.records();
            match self.call(action, input.clone()) {
                Ok(answer) => panic!("{action} {input} succeeded: {answer}"),
                Err(error) => {
                    assert_eq!(error.code, code, "{action} {input}: {error}");
                    assert!(error.message.contains(words), "{action} {input}: {error}");
                }
            }
            assert_eq!(self.records(), before, "{action} {input}");
        }
    }

    pub(crate) fn records(&self) -> Vec<String> {
        let kinds = SERVICE.kinds.iter().map(|kind| kind.name).chain(["access_key"]);
        kinds.flat_map(|kind| self.view.untyped(kind)).map(|found| format!("{found:?}")).collect()
    }

    /// A user, a group, a role or an instance profile called so.
    pub(crate) fn has(&mut self, noun: &str, name: &str) {
        let mut input = json!({ format!("{noun}Name"): name });
        if noun == "Role" {
            input["AssumeRolePolicyDocument"] = json!(TRUST);
        }
        self.ok(&format!("Create{noun}"), input);
    }

    /// The root of the account has an access key with this id.
    pub(crate) fn has_root_key(&mut self, id: &str) {
        let root = AccessKey::of_root(ACCOUNT.into(), "secret".into());
        let put = |cx: &mut Context| {
            cx.put_at(AccessKey::key(id), root);
            Ok(())
        };
        self.change(put).unwrap();
    }

    /// A managed policy called so; its ARN.
    pub(crate) fn policy(&mut self, name: &str) -> String {
        let answer = self.ok("CreatePolicy", json!({"PolicyName": name, "PolicyDocument": POLICY}));
        text(&answer["Policy"]["Arn"])
    }

    /// All items of a listing, taken a few at a time.
    #[track_caller]
    pub(crate) fn paged(&mut self, action: &str, input: Value, items: &str, at_once: usize) -> Vec<Value> {
        let (mut all, mut marker) = (Vec::new(), Value::Null);
        loop {
            let mut input = input.clone();
            input["MaxItems"] = json!(at_once);
            if !marker.is_null() {
                input["Marker"] = marker;
            }
            let answer = self.ok(action, input);
            let page =
                answer[items].as_array().unwrap_or_else(|| panic!("{action} has no {items}: {answer}"));
            assert!(page.len() <= at_once, "{action}");
            all.extend(page.iter().cloned());
            assert_eq!(answer["IsTruncated"], json!(!answer["Marker"].is_null()), "{action}");
            marker = answer["Marker"].clone();
            if marker.is_null() {
                return all;
            }
        }
    }
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// One member of each item.
pub(crate) fn each(items: &[Value], member: &str) -> Vec<String> {
    items.iter().map(|item| text(&item[member])).collect()
}

#[test]
fn every_input_has_only_members_of_aws() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), Vec::<String>::new());
}

#[test]
fn names_paths_and_markers_follow_awss_rules() {
    let mut world = World::new();
    let long = "x".repeat(65);
    world.fail([
        ("CreateUser", json!({"UserName": "a b"}), "ValidationError", "userName"),
        ("CreateUser", json!({"UserName": "é"}), "ValidationError", "for userName is invalid"),
        ("CreateUser", json!({"UserName": long}), "ValidationError", "less than or equal to 64"),
        ("CreateUser", json!({"UserName": "a", "Path": "/a"}), "ValidationError", "path"),
        ("CreateUser", json!({"UserName": "a", "Path": "a/"}), "ValidationError", "path"),
        (
            "CreateInstanceProfile",
            json!({"InstanceProfileName": "é"}),
            "ValidationError",
            "instanceProfileName",
        ),
        ("ListUsers", json!({"Marker": "!"}), "ValidationError", "Invalid Marker."),
        ("ListUsers", json!({"MaxItems": 0}), "ValidationError", "maxItems"),
        ("ListUsers", json!({"MaxItems": 1001}), "ValidationError", "maxItems"),
    ]);
}

#[test]
fn unique_ids_say_what_they_are_of() {
    let mut world = World::new();
    let mut seen = BTreeSet::new();
    for (noun, prefix) in [("User", "AIDA"), ("Group", "AGPA"), ("Role", "AROA"), ("InstanceProfile", "AIPA")]
    {
        world.has(noun, "one");
        let answer = world.ok(&format!("Get{noun}"), json!({ format!("{noun}Name"): "ONE" }));
        seen.insert((prefix, text(&answer[noun][format!("{noun}Id")])));
    }
    world.policy("one");
    let of_aws = "arn:aws:iam::aws:policy/AdministratorAccess";
    for arn in ["arn:aws:iam::123456789012:policy/one", of_aws] {
        let answer = world.ok("GetPolicy", json!({"PolicyArn": arn}));
        seen.insert(("ANPA", text(&answer["Policy"]["PolicyId"])));
    }
    assert_eq!(seen.len(), 6);
    for (prefix, id) in seen {
        assert!(id.starts_with(prefix) && id.len() == 21, "{id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{id}");
    }
}

#[test]
fn every_record_survives_its_bytes() {
    let mut world = World::new();
    for noun in ["User", "Group", "Role", "InstanceProfile"] {
        world.has(noun, "one");
    }
    world.policy("one");
    world.ok("PutUserPolicy", json!({"UserName": "one", "PolicyName": "p", "PolicyDocument": POLICY}));
    world.ok("TagRole", json!({"RoleName": "one", "Tags": [{"Key": "k", "Value": "v"}]}));
    let used = LastUse::new(Timestamp::from_millis(1_700_000_000_000), "us-east-1", "ec2");
    let put = |cx: &mut Context| {
        cx.put("AKIA0000000000000000", used);
        Ok(())
    };
    world.change(put).unwrap();
    let provider = json!({"Url": "https://one.example.com", "ThumbprintList": ["0".repeat(40)]});
    world.ok("CreateOpenIDConnectProvider", provider);
    let view = world.view.clone();
    for kind in SERVICE.kinds {
        let (key, record) = view.untyped(kind.name).next().unwrap_or_else(|| panic!("no {}", kind.name));
        let again = (kind.decode)(&record.encode()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{record:?}"), "{key}");
        let Some(table) = kind.table.as_ref() else { continue };
        let row = world.change(|cx| Ok((table.row)(record, key.id(), cx).unwrap()));
        assert_eq!(row.unwrap().cells.len(), (table.columns)().len(), "{key}");
    }
}
