use super::controller::Forget;
use super::ops::confirm_changes::{ConfirmChanges, ConfirmChangesInput};
use super::ops::get_change::GetChange;
use super::*;
use crate::record_set::tests::context;
use controlplane_services_kernel::{Controller, Operation, Query};
use controlplane_types::Timestamp;
use std::time::Duration;

#[test]
fn pending_until_confirmed() {
    let mut cx = context();
    let info = submit(Some("why".into()), &mut cx);
    assert_eq!(info.status, "PENDING");
    let input = serde_json::from_value(serde_json::json!({"Id": info.id})).unwrap();
    let key = cx.key::<Change>(info.id.strip_prefix("/change/").unwrap());
    ConfirmChanges::run(&ConfirmChangesInput { keys: vec![key.as_str().to_owned()] }, &mut cx).unwrap();
    let answer = serde_json::to_value(GetChange::run(&input, &cx).unwrap()).unwrap();
    assert_eq!(answer["ChangeInfo"]["Status"], "INSYNC");
    let unknown = serde_json::from_value(serde_json::json!({"Id": "C1"})).unwrap();
    assert_eq!(GetChange::run(&unknown, &cx).unwrap_err().code, "NoSuchChange");
}

#[test]
fn forgotten_after_a_day() {
    let mut cx = context();
    submit(None, &mut cx);
    let keys = Forget::sweep(&cx.view);
    assert_eq!(keys.len(), 1);
    let soon = Forget::plan(&cx.view, &keys[0], cx.now);
    assert!(soon.intents.is_empty() && soon.next_wake.is_some());
    let later: Timestamp = cx.now + Duration::from_secs(25 * 3600);
    assert_eq!(Forget::plan(&cx.view, &keys[0], later).intents.len(), 1);
}
