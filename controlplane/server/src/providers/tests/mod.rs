//! Keys of providers: kept and fetched again on the simulator, and over real TLS on loopback.

mod https;

use super::*;
use controlplane_raft::Sim;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A provider that a test keeps: the documents at its URLs, and how often it was asked.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    documents: Mutex<BTreeMap<String, Value>>,
    asked: AtomicUsize,
}

impl Shelf {
    /// A provider with these keys.
    pub(crate) fn of(url: &str, keys: &[Value]) -> Arc<Self> {
        let shelf = Arc::new(Self::default());
        shelf.put(&format!("{url}/.well-known/openid-configuration"), configuration(url));
        shelf.publish(url, keys);
        shelf
    }

    pub(crate) fn publish(&self, url: &str, keys: &[Value]) {
        self.put(&format!("{url}/keys"), json!({ "keys": keys }));
    }

    fn put(&self, place: &str, document: Value) {
        self.documents.lock().unwrap().insert(place.to_owned(), document);
    }

    fn clear(&self) {
        self.documents.lock().unwrap().clear();
    }

    /// Documents and certificates that were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn configuration(url: &str) -> Value {
    json!({"issuer": format!("https://{url}"), "jwks_uri": format!("https://{url}/keys")})
}

impl Documents for Shelf {
    fn get(&self, url: String, _: Vec<String>) -> BoxFuture<Result<Bytes, Unavailable>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.documents.lock().unwrap().get(&url).map(Value::to_string);
        Box::pin(async move {
            found.map(Bytes::from).ok_or_else(|| Unavailable::Unreachable(url, "nobody is there".to_owned()))
        })
    }

    fn thumbprint(&self, _: String) -> BoxFuture<Result<String, Unavailable>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok("0123456789abcdef0123456789abcdef01234567".to_owned()) })
    }
}

const URL: &str = "issuer.example.com";

async fn ask(providers: &Providers, key_id: &str) -> Value {
    providers.keys(URL, &[], Some(key_id)).await
}

fn key(id: &str) -> Value {
    json!({"kid": id})
}

/// Runs a test against a shelf, in a world with time.
fn with<F: Future<Output = ()>>(test: impl FnOnce(Arc<Shelf>, Arc<Providers>, Arc<dyn Runtime>) -> F) {
    let sim = Sim::new(7);
    let runtime = sim.machine("server");
    let shelf = Shelf::of(URL, &[key("one")]);
    let providers = Arc::new(Providers::new(shelf.clone(), runtime.clone()));
    sim.block_on(test(shelf, providers, runtime)).expect("the world goes on");
}

#[test]
fn keys_are_kept_for_a_while_and_fetched_again_for_a_new_one() {
    with(async |shelf, providers, clock| {
        let pass = async |secs: u64| clock.sleep(Duration::from_secs(secs)).await;
        assert_eq!(ask(&providers, "one").await, json!({"keys": [key("one")]}));
        pass(800).await;
        assert_eq!(
            (providers.keys(URL, &[], None).await, shelf.asked()),
            (json!({"keys": [key("one")]}), 2),
            "they are kept"
        );
        shelf.publish(URL, &[key("two")]);
        assert_eq!(ask(&providers, "one").await, json!({"keys": [key("one")]}));
        assert_eq!(
            ask(&providers, "two").await,
            json!({"keys": [key("two")]}),
            "a key that is not known is asked for"
        );
        assert_eq!(shelf.asked(), 4);
        for n in 0..1_000 {
            ask(&providers, &format!("made up {n}")).await;
        }
        assert_eq!(shelf.asked(), 4, "whoever makes up keys does not make us ask");
        pass(31).await;
        ask(&providers, "made up").await;
        assert_eq!(shelf.asked(), 6);
        pass(16 * 60).await;
        ask(&providers, "two").await;
        assert_eq!(shelf.asked(), 8, "and none for ever: a provider may take one back");
    });
}

#[test]
fn a_provider_that_does_not_answer_is_left_alone_for_a_while() {
    with(async |shelf, providers, clock| {
        shelf.clear();
        for _ in 0..100 {
            assert_eq!(providers.keys(URL, &[], Some("one")).await, json!({"error": "unreachable"}));
        }
        assert_eq!(shelf.asked(), 1);
        clock.sleep(Duration::from_secs(11)).await;
        providers.keys(URL, &[], Some("one")).await;
        assert_eq!(shelf.asked(), 2);
    });
}

#[test]
fn who_asks_at_the_same_time_gets_the_same_answer() {
    with(async |shelf, providers, _| {
        let asking = (0..50).map(|_| providers.keys(URL, &[], Some("one")));
        let answers = futures::future::join_all(asking).await;
        assert!(answers.iter().all(|answer| *answer == json!({"keys": [key("one")]})));
        assert_eq!(shelf.asked(), 2);
    });
}

#[test]
fn what_a_provider_says_of_itself_has_to_be_in_order() {
    for (what, document) in [
        ("another issuer", json!({"issuer": "https://other", "jwks_uri": format!("https://{URL}/keys")})),
        ("no issuer", json!({"jwks_uri": format!("https://{URL}/keys")})),
        (
            "keys in the clear",
            json!({"issuer": format!("https://{URL}"), "jwks_uri": format!("http://{URL}/keys")}),
        ),
        ("keys in a file", json!({"issuer": format!("https://{URL}"), "jwks_uri": "file:///etc/passwd"})),
        ("no keys", json!({"issuer": format!("https://{URL}")})),
        ("no object", json!([1])),
    ] {
        with(async |shelf, providers, _| {
            shelf.put(&format!("{URL}/.well-known/openid-configuration"), document);
            assert_eq!(providers.keys(URL, &[], None).await, json!({"error": "unusable"}), "{what}");
        });
    }
    for keys in [json!({}), json!({"keys": 7}), json!({"keys": vec![key("a"); KEYS_MAX + 1]})] {
        with(async |shelf, providers, _| {
            shelf.put(&format!("{URL}/keys"), keys.clone());
            assert_eq!(providers.keys(URL, &[], None).await, json!({"error": "unusable"}));
        });
    }
}

#[test]
fn only_so_many_providers_are_remembered() {
    with(async |_, providers, _| {
        for n in 0..2 * REMEMBERED {
            providers.keys(&format!("{n}.example.com"), &[], None).await;
        }
        assert_eq!(providers.slots.lock().unwrap().len(), REMEMBERED);
    });
}
