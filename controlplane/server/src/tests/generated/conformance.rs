//! Every action, asked everything.

use super::judge::judge;
use super::least::{operations, written};
use super::memory::Memory;
use super::odd;
use super::table::{self, Case};
use super::walk::Walk;
use crate::core::Core;
use crate::gateway::{Gateway, GatewaySettings};
use crate::providers::Nowhere;
use crate::tests::credentials::ACCOUNT;
use crate::tests::{Cluster, run};
use bytes::Bytes;
use controlplane_types::Timestamp;
use controlplane_wire::model::{Operation, Service};
use controlplane_wire::sigv4::{self, Credentials};
use http::request::Parts;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many requests a walk has; `make test` cannot wait for more.
const STEPS: u64 = 10_000;
/// A longer walk.
const STEPS_VARIABLE: &str = "HEARTH_GENERATED_REQUESTS";
/// After so many steps the region is as at its first start, so that a long walk is not only refused for quotas.
const STEPS_BETWEEN_RESETS: u64 = 5_000;
/// Another walk.
const SEED_VARIABLE: &str = "HEARTH_GENERATED_SEED";

thread_local! {
    /// What is being asked: a panic says where, and this says at what.
    static ASKING: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Says on a panic what was asked.
struct Witness;

impl Drop for Witness {
    fn drop(&mut self) {
        if std::thread::panicking() {
            ASKING.with_borrow(|asking| eprintln!("while asking {asking}"));
        }
    }
}

/// The door, and who asks at it.
pub(super) struct Asker {
    gateway: Arc<Gateway>,
    key: Credentials,
    core: Core,
    /// How often each action ended how.
    ended: BTreeMap<String, BTreeMap<String, u64>>,
    wrong: Vec<String>,
}

impl Asker {
    pub(super) fn new(cluster: &Cluster, core: &Core) -> Self {
        let settings = GatewaySettings {
            region: "us-east-1".into(),
            account: ACCOUNT.into(),
            any_credentials: false,
            allow_reset: true,
            enable_bench: false,
            limits: None,
            documents: Arc::new(Nowhere),
        };
        let gateway = Gateway::new(settings, core.clone());
        let (key, ended) = (cluster.root_key(core), BTreeMap::new());
        Self { gateway, key, core: core.clone(), ended, wrong: Vec::new() }
    }

    /// The same door for somebody else.
    pub(super) fn with(self, key: Credentials) -> Self {
        Self { key, ..self }
    }

    /// What an action answers that is asked nothing in particular.
    pub(super) async fn plain(&mut self, service: &'static Service, operation: &'static Operation) -> String {
        let (parts, body) = written(service, operation, &Value::Null).expect("a request");
        let answer = self.ask(service, operation, Case { what: "nothing".to_owned(), parts, body }).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(super) async fn ask(
        &mut self,
        service: &'static Service,
        operation: &'static Operation,
        mut case: Case,
    ) -> Bytes {
        ASKING.replace(format!("{}: {}", operation.name, case.what));
        let now = self.now();
        let signed =
            sigv4::sign(&mut case.parts, &case.body, &self.key, "us-east-1", service.signing_name(), now);
        signed.unwrap_or_else(|error| panic!("{}: {error}", case.what));
        let response = self.gateway.answer(case.parts, case.body).await;
        let ended = judge(service, operation, &response);
        let ended = ended.unwrap_or_else(|why| {
            self.wrong.push(format!("{}: {}: {why}", operation.name, case.what));
            "wrong".to_owned()
        });
        let counts = self.ended.entry(operation.name.to_string()).or_default();
        *counts.entry(ended).or_default() += 1;
        response.into_body()
    }

    /// Sends a request as it is. Whatever it is, it is the sender's fault or nobody's.
    pub(super) async fn knock(&mut self, what: &str, parts: Parts, body: Bytes) -> u16 {
        ASKING.replace(format!("{what}: {} {} {:?} {body:?}", parts.method, parts.uri, parts.headers));
        let status = self.gateway.answer(parts, body).await.status().as_u16();
        if status >= 500 {
            self.wrong.push(format!("{status}: {}", ASKING.with_borrow(String::clone)));
        }
        status
    }

    pub(super) fn key(&self) -> Credentials {
        self.key.clone()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.core.runtime.now()
    }

    /// Back to the first start.
    async fn reset(&self) {
        let request = http::Request::post("/_hearth/reset").body(()).expect("a request");
        let (parts, ()) = request.into_parts();
        assert_eq!(self.gateway.answer(parts, Bytes::new()).await.status(), 200);
    }

    fn count(&self) -> u64 {
        self.ended.values().flat_map(BTreeMap::values).sum()
    }

    /// How many actions did what they were asked at least once.
    fn succeeded(&self) -> usize {
        self.ended.values().filter(|ended| ended.contains_key("OK")).count()
    }

    pub(super) fn check(&self) {
        assert!(self.wrong.is_empty(), "{} wrong, such as\n{}", self.wrong.len(), self.first().join("\n"));
    }

    /// A few wrong answers of each action.
    fn first(&self) -> Vec<String> {
        let mut shown = BTreeMap::<&str, u32>::new();
        let few = self.wrong.iter().filter(|wrong| {
            let count = shown.entry(wrong.split(':').next().unwrap_or_default()).or_default();
            *count += 1;
            *count <= 3
        });
        few.map(|wrong| wrong.chars().take(600).collect()).collect()
    }
}

/// Asks everything there is of each action, which is more than `least` requests.
fn asks_all<C>(cases: fn(&'static Service, &'static Operation) -> C, least: u64)
where
    C: IntoIterator<Item = Case> + 'static,
{
    run(1, move |cluster| async move {
        let _witness = Witness;
        let (_, core) = cluster.leader().await;
        let mut asker = Asker::new(&cluster, core);
        for (service, operation) in operations() {
            asker.reset().await;
            for case in cases(service, operation) {
                asker.ask(service, operation, case).await;
            }
        }
        eprintln!("{} requests", asker.count());
        asker.check();
        assert!(asker.count() > least, "{} are not all", asker.count());
    });
}

#[test]
fn every_value_of_every_member_is_answered() {
    asks_all(|service, operation| table::cases(service, operation).collect::<Vec<_>>(), 20_000);
}

#[test]
fn what_no_client_writes_is_answered() {
    asks_all(odd::cases, 5_000);
}

/// A number from the environment.
fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => otherwise,
    }
}

#[test]
fn requests_that_build_on_each_other_are_answered() {
    let (steps, seed) = (number(STEPS_VARIABLE, STEPS), number(SEED_VARIABLE, 7));
    run(1, move |cluster| async move {
        let _witness = Witness;
        let (_, core) = cluster.leader().await;
        let mut asker = Asker::new(&cluster, core);
        let (mut walk, mut memory) = (Walk::new(seed), Memory::of_walk(steps));
        for step in 0..steps {
            if step % STEPS_BETWEEN_RESETS == 0 {
                asker.reset().await;
                walk.forget();
            }
            let (service, operation, case) = walk.next();
            let answer = asker.ask(service, operation, case).await;
            walk.learn(&answer);
            memory.after(step);
        }
        let all = asker.ended.len();
        eprintln!("{steps} steps of walk {seed}, {} of {all} actions succeeded", asker.succeeded());
        asker.check();
        // Keys, signatures and associations want more to be right at once than chance brings together.
        assert!(asker.succeeded() * 3 > all, "{:?}", asker.ended);
        memory.check();
    });
}
