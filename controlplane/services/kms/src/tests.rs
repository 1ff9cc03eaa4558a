//! Keys from their making to their end, entered through the wire as clients do.

use crate::key::controller::Delete;
use crate::{KmsKey, SERVICE, accesses};
use controlplane_services_kernel::rehearsal::{self, Stage};
use controlplane_services_kernel::{Access, Context, Controller, Plan};
use controlplane_types::Timestamp;
use serde_json::{Value, json};

#[test]
fn inputs_are_the_models() {
    assert_eq!(rehearsal::foreign_members(&SERVICE), [""; 0]);
}

fn made(stage: &mut Stage) -> String {
    let wanted = json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY", "Description": "d"});
    let key = &stage.ok("CreateKey", wanted)["KeyMetadata"];
    assert_eq!(
        (&key["KeyState"], &key["Enabled"], &key["SigningAlgorithms"], &key["Description"]),
        (&json!("Enabled"), &json!(true), &json!(["ECDSA_SHA_256"]), &json!("d"))
    );
    key["KeyId"].as_str().unwrap().to_owned()
}

#[track_caller]
fn fails(stage: &mut Stage, action: &str, input: Value) -> String {
    stage.call(action, input).unwrap_err().code.into_owned()
}

#[test]
fn other_keys_are_refused_by_name() {
    let mut stage = Stage::new(&SERVICE);
    for (input, named) in [
        (json!({}), "SYMMETRIC_DEFAULT"),
        (json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}), "RSA_2048"),
        (json!({"KeySpec": "ECC_NIST_P256"}), "ENCRYPT_DECRYPT"),
        (json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}), "KEY_AGREEMENT"),
    ] {
        let error = stage.call("CreateKey", input).unwrap_err();
        assert_eq!(&*error.code, "UnsupportedOperationException");
        assert!(error.message.contains(named), "{}", error.message);
    }
    assert_eq!(stage.ok("ListKeys", json!({}))["Keys"], json!([]), "nothing was made");
}

#[test]
fn what_a_key_signs_it_verifies() {
    let mut stage = Stage::new(&SERVICE);
    let id = made(&mut stage);
    let message = json!([1, 2, 3]);
    let sign = json!({"KeyId": id, "Message": message, "SigningAlgorithm": "ECDSA_SHA_256"});
    let signed = stage.ok("Sign", sign.clone());
    assert_eq!(signed, stage.ok("Sign", sign), "the same again");
    let signature = signed["Signature"].clone();
    let verify = |signature: &Value, message: Value| json!({"KeyId": id, "Message": message, "Signature": signature, "SigningAlgorithm": "ECDSA_SHA_256"});
    let valid = stage.ok("Verify", verify(&signature, message));
    assert_eq!(valid["SignatureValid"], true);
    let other = fails(&mut stage, "Verify", verify(&signature, json!([1])));
    assert_eq!(other, "KMSInvalidSignatureException");
    let digest =
        json!({"KeyId": id, "Message": [1], "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"});
    assert_eq!(fails(&mut stage, "Sign", digest), "ValidationException");
    let algorithm = json!({"KeyId": id, "Message": [1], "SigningAlgorithm": "ECDSA_SHA_384"});
    assert_eq!(fails(&mut stage, "Sign", algorithm), "InvalidKeyUsageException");
    assert!(stage.ok("GetPublicKey", json!({"KeyId": id}))["PublicKey"].to_string().len() > 91);
}

#[test]
fn a_disabled_key_signs_nothing_and_one_that_goes_can_be_kept() {
    let mut stage = Stage::new(&SERVICE);
    let id = made(&mut stage);
    let sign = json!({"KeyId": id, "Message": [1], "SigningAlgorithm": "ECDSA_SHA_256"});
    let named = json!({"KeyId": id});
    stage.ok("DisableKey", named.clone());
    assert_eq!(fails(&mut stage, "Sign", sign.clone()), "DisabledException");
    assert_eq!(fails(&mut stage, "GetPublicKey", named.clone()), "DisabledException");
    stage.ok("EnableKey", named.clone());
    stage.ok("Sign", sign.clone());
    for days in [6, 31] {
        let early = json!({"KeyId": id, "PendingWindowInDays": days});
        assert_eq!(fails(&mut stage, "ScheduleKeyDeletion", early), "ValidationException");
    }
    assert_eq!(fails(&mut stage, "CancelKeyDeletion", named.clone()), "KMSInvalidStateException");
    let going = stage.ok("ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 7}));
    assert_eq!(going["KeyState"], "PendingDeletion");
    for action in ["EnableKey", "DisableKey", "GetPublicKey", "ScheduleKeyDeletion"] {
        assert_eq!(fails(&mut stage, action, named.clone()), "KMSInvalidStateException", "{action}");
    }
    assert_eq!(fails(&mut stage, "Sign", sign), "KMSInvalidStateException");
    stage.ok("CancelKeyDeletion", named.clone());
    assert_eq!(stage.ok("DescribeKey", named)["KeyMetadata"]["KeyState"], "Disabled");
}

#[test]
fn keys_go_when_their_time_has_come() {
    let mut stage = Stage::new(&SERVICE);
    let (gone, kept) = (made(&mut stage), made(&mut stage));
    stage.ok("ScheduleKeyDeletion", json!({"KeyId": gone, "PendingWindowInDays": 7}));
    let key = Delete::sweep(&stage.view).into_iter().find(|key| key.id() == gone).unwrap();
    let Plan { next_wake: Some(due), intents } = Delete::plan(&stage.view, &key, Timestamp::from_millis(0))
    else {
        panic!("nobody comes back for it")
    };
    assert!(intents.is_empty());
    let plan = Delete::plan(&stage.view, &key, due);
    assert_eq!((plan.intents.len(), plan.next_wake), (1, None));
    for now in [Timestamp::from_millis(0), due] {
        let like = stage.context();
        let mut cx = Context::new(stage.view.clone(), like.caller.clone(), now, [9; 32]);
        plan.intents[0].operation.run(&mut cx).unwrap();
        stage.view.apply(1000, &cx.into_changes());
        let is_there = stage.call("DescribeKey", json!({"KeyId": gone})).is_ok();
        assert_eq!(is_there, now < due);
    }
    assert_eq!(fails(&mut stage, "DescribeKey", json!({"KeyId": gone})), "NotFoundException");
    stage.ok("DescribeKey", json!({"KeyId": kept}));
}

#[test]
fn keys_are_named_by_id_or_arn_and_listed_in_pages() {
    let mut stage = Stage::new(&SERVICE);
    let ids: Vec<String> = (0..3).map(|_| made(&mut stage)).collect();
    let arn = stage.ok("DescribeKey", json!({"KeyId": ids[0]}))["KeyMetadata"]["Arn"].clone();
    let by_arn = stage.ok("DescribeKey", json!({"KeyId": arn}));
    assert_eq!(by_arn["KeyMetadata"]["KeyId"], json!(ids[0]));
    for other in ["alias/a", "arn:aws:kms:elsewhere:123456789012:key/x", ""] {
        let code = fails(&mut stage, "DescribeKey", json!({"KeyId": other}));
        assert!(matches!(&*code, "NotFoundException" | "ValidationException"), "{other} {code}");
    }
    let first = stage.ok("ListKeys", json!({"Limit": 2}));
    assert_eq!((&first["Truncated"], first["Keys"].as_array().unwrap().len()), (&json!(true), 2));
    let rest = stage.ok("ListKeys", json!({"Limit": 2, "Marker": first["NextMarker"]}));
    assert_eq!((&rest["Truncated"], rest["Keys"].as_array().unwrap().len()), (&json!(false), 1));
    assert_eq!(fails(&mut stage, "ListKeys", json!({"Marker": "?"})), "InvalidMarkerException");
}

#[test]
fn policies_are_asked_about_the_key() {
    let stage = Stage::new(&SERVICE);
    let cx = stage.context();
    let expected = format!("arn:aws:kms:{}:{}:key/k", cx.caller.region, cx.caller.account);
    assert_eq!(accesses::of("Sign", &json!({"KeyId": "k"}), &cx), [Access::to(expected.clone())]);
    assert_eq!(accesses::of("Sign", &json!({"KeyId": expected}), &cx), [Access::to(expected.clone())]);
    assert_eq!(accesses::of("ListKeys", &json!({}), &cx), [Access::anything()]);
    assert!(KmsKey::key_of_arn(&expected, &cx.caller.account).is_some());
    assert!(KmsKey::key_of_arn(&expected, &"999999999999".into()).is_none());
}
