use super::*;
use controlplane_services_kernel::client::{Session, SessionOf};
use controlplane_services_kernel::{Caller, Context, Random, Record, View};
use controlplane_types::{AccountId, Timestamp};
use std::time::Duration;

const DAY: u64 = 24 * 3_600_000;

fn account() -> AccountId {
    "123456789012".into()
}

fn context(view: View, now: u64, seed: u8) -> Context {
    let caller = Caller::controller(account(), "us-east-1".into(), "test");
    Context::new(view, caller, Timestamp(now), [seed; 32])
}

fn session(now: u64) -> Session {
    Session {
        of: SessionOf::Role { name: "App".into(), role_id: "AROA1".into(), session: "one".into() },
        issued_at: Timestamp(now),
        expires_at: Timestamp(now) + Duration::from_secs(3600),
        policy: Some("{}".into()),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
        tags: [("team".to_owned(), "blue".to_owned())].into(),
        transitive: ["team".to_owned()].into(),
        source_identity: Some("alice".into()),
        provider: None,
    }
}

/// Credentials, and the view that knows their key.
fn issued(view: View, now: u64, seed: u8) -> (Issued, View) {
    let mut cx = context(view, now, seed);
    let issued = issue(account(), session(now), &mut cx).unwrap();
    let mut view = cx.view.clone();
    view.apply(view.revision() + 1, &cx.into_changes());
    (issued, view)
}

fn empty() -> View {
    View::new(crate::SERVICE.kinds)
}

fn keys(view: &View) -> usize {
    view.all::<SealingKey>().count()
}

#[test]
fn what_is_sealed_is_opened() {
    let (issued, view) = issued(empty(), 1_000, 1);
    let opened = open(&issued.token, &issued.access_key_id, &view).unwrap();
    assert_eq!(opened, Opened { secret: issued.secret.clone(), account: account(), session: session(1_000) });
    assert_eq!(issued.secret.len(), 40);
    assert!(!format!("{opened:?}").contains(&issued.secret), "secrets stay out of logs");
    let key = view.all::<SealingKey>().next().unwrap().record;
    assert!(!format!("{key:?}").contains("secret"), "{key:?}");
}

#[test]
fn a_changed_token_opens_nothing() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let (good, view) = issued(empty(), 1_000, 1);
    let (other, view) = issued(view, 1_000, 2);
    let bytes = STANDARD.decode(&good.token).unwrap();
    for place in 0..bytes.len() {
        for bit in [1, 0x80] {
            let mut changed = bytes.clone();
            changed[place] ^= bit;
            let found = open(&STANDARD.encode(&changed), &good.access_key_id, &view);
            assert!(found.is_err(), "byte {place}");
        }
    }
    for length in 0..bytes.len() {
        let found = open(&STANDARD.encode(&bytes[..length]), &good.access_key_id, &view);
        assert!(found.is_err(), "{length} bytes");
    }
    let longer = STANDARD.encode([&bytes[..], &[0]].concat());
    for (token, id) in [
        (longer.as_str(), good.access_key_id.as_str()),
        (&good.token, &other.access_key_id),
        (&good.token, "ASIA"),
        (&good.token, &good.access_key_id.to_lowercase()),
        (&"A".repeat(1 << 20), &good.access_key_id),
        ("", &good.access_key_id),
        ("no base64!", &good.access_key_id),
    ] {
        assert_eq!(open(token, id, &view), Err(TokenError::Invalid), "{id}");
    }
    // Another cluster has the number, but not the key.
    let (_, elsewhere) = issued(empty(), 1_000, 3);
    assert_eq!(open(&good.token, &good.access_key_id, &elsewhere), Err(TokenError::Invalid));
    assert_eq!(open(&good.token, &good.access_key_id, &empty()), Err(TokenError::UnknownKey));
}

#[test]
fn credentials_write_nothing_once_there_is_a_key() {
    let (_, view) = issued(empty(), 1_000, 1);
    let mut cx = context(view, 2_000, 2);
    issue(account(), session(2_000), &mut cx).unwrap();
    assert!(cx.into_changes().is_empty());
}

#[test]
fn keys_are_replaced_while_their_tokens_still_open() {
    let (first, view) = issued(empty(), 1_000, 1);
    let (_, view) = issued(view, 29 * DAY, 2);
    assert_eq!(keys(&view), 1);
    let (late, view) = issued(view, 30 * DAY, 3);
    let (second, view) = issued(view, 31 * DAY, 4);
    assert_eq!(keys(&view), 2);
    for good in [&first, &late, &second] {
        assert!(open(&good.token, &good.access_key_id, &view).is_ok());
    }
    let (_, view) = issued(view, 62 * DAY, 5);
    assert_eq!(keys(&view), 2, "the first is gone, the third is there");
    assert_eq!(open(&first.token, &first.access_key_id, &view), Err(TokenError::UnknownKey));
    assert!(open(&second.token, &second.access_key_id, &view).is_ok());
}

#[test]
fn a_key_id_tells_its_account() {
    let mut random = Random::from_seed([1; 32]);
    for text in ["000000000000", "123456789012", "999999999999"] {
        let account: AccountId = text.into();
        let id = key_id::new(&account, &mut random);
        assert_eq!((id.len(), account_of(&id)), (20, Some(account)), "{id}");
        assert!(is_temporary(&id) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
    for id in [
        "",
        "ASIA",
        "AKIAAAAAAAAAAAAAAAAA",
        "ASIA7777777777777777",
        "ASIAaaaaaaaaaaaaaaaa",
        "ASIAAAAAAAAAAAAAAAAAA",
    ] {
        assert_eq!(account_of(id), None, "{id}");
    }
}

#[test]
fn a_key_comes_back_as_it_was() {
    let (_, view) = issued(empty(), 1_000, 1);
    let key = view.all::<SealingKey>().next().unwrap().record;
    let bytes = controlplane_services_kernel::record::encode(key);
    assert_eq!(controlplane_services_kernel::record::decode::<SealingKey>(&bytes).unwrap(), *key);
    const { assert!(SealingKey::GLOBAL) };
}
